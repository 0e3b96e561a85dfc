"""System 4, TWCA FINE: what needs no card of its on-line site (4-02 … 4-26)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray.core.secret import Secret
from certtray_sandbox import counter
from certtray_sandbox.people import COMPANY
from certtray_sandbox.sample_files import write_sample
from tests.faces import Dialogue, Program
from tests.flows.site import KEY_PASSWORD, SITE_PASSWORD, Site, in_file, site

FINE = "twca-fine"


@pytest.fixture
def company(certtray: Program) -> Iterator[Site]:
    """The site, with a company's form approved and its first login done."""
    with site(certtray, FINE) as made:
        made.person = COMPANY
        made.register()
        yield made


@pytest.fixture
def certified(company: Site, dialogue: Dialogue, tmp_path: Path) -> Site:
    """With certificates in the register, as if a card held their keys."""
    dialogue.play("certificates", "--issuer", FINE, answers=company.first_login())
    now, password, path = datetime.now(UTC), Secret(KEY_PASSWORD), tmp_path / "card.pfx"
    write_sample(company.ra.folder, path, COMPANY.id, 200, password, ("sign", "encrypt"), now, profile=FINE)
    return company


@pytest.mark.feature("4-02", "4-09", "4-10")
def test_slip_picture_and_first_change(company: Site, dialogue: Dialogue) -> None:
    played = dialogue.play("certificates", "--issuer", FINE, answers=company.first_login())
    assert [question["key"] for question in played.questions()] == [
        "site_account",
        "site_password",
        "captcha",
        "old_site_password",
        "new_site_password",
    ]
    assert played.end["done"] == "certificates"
    applied = dialogue.play("apply", "--issuer", FINE, answers=company.answers())
    assert applied.end["code"] == "no-token"


@pytest.mark.feature("4-02")
def test_without_a_form_the_form_is_named(certified: Site, dialogue: Dialogue) -> None:
    with_form_used = dialogue.play("fedi", "--issuer", FINE, answers=certified.answers())
    assert with_form_used.end["code"] == "not-registered"


@pytest.mark.feature("4-10", "4-18")
def test_three_wrong_suspend_and_a_form_frees(company: Site, dialogue: Dialogue) -> None:
    dialogue.play("certificates", "--issuer", FINE, answers=company.first_login())
    played = dialogue.play("certificates", "--issuer", FINE, answers=company.answers(site_password=["a", "b", "c"]))
    assert played.end["code"] == "login-suspended"
    assert "申請單" in played.end["todo"] and "延平南路85號" in played.end["todo"]
    counter.reset_password(company.ra.folder, FINE, COMPANY.id)
    slip = [each for each in company.ra.outbox() if "帳號" in each.text][-1]
    answers = company.answers(site_password=slip.password, old_site_password=slip.password)
    assert dialogue.play("certificates", "--issuer", FINE, answers=answers).end["done"] == "certificates"


@pytest.mark.feature("4-11", "4-03", "4-26")
def test_suspended_and_reinstated_on_line(certified: Site, dialogue: Dialogue) -> None:
    answers = certified.answers()
    listed = dialogue.play("certificates", "--issuer", FINE, answers=answers)
    assert {row["device"] for row in listed.end["certificates"]} == {"card"}
    held_on = dialogue.play("suspend", "--issuer", FINE, answers=answers)
    assert len(held_on.end["serials"]) == 2
    assert dialogue.play("query", "--issuer", FINE, answers=answers).end["status"] == 26
    back = dialogue.play("reinstate", "--issuer", FINE, answers=answers)
    assert sorted(back.end["serials"]) == sorted(held_on.end["serials"])
    query = dialogue.play("query", "--issuer", FINE, answers=answers)
    assert query.end["status"] == 0
    shown = dict(query.end["table"]["rows"])
    assert shown["用戶識別名稱"] == "70759028-00-0007"
    for part in ("TWCA FINE", "70759028-RA-FINE", "TaiCA Information User CA"):
        assert part in shown["憑證主旨"]
    start, end = (datetime.strptime(shown[name][:10], "%Y/%m/%d") for name in ("有效起始日", "有效截止日"))
    assert timedelta(days=729) <= end - start <= timedelta(days=731)
    assert shown["有效截止日"].endswith("23:59:59")
    assert dialogue.play("reinstate", "--issuer", FINE, answers=answers).end["code"] == "none-fits"


@pytest.mark.feature("4-15")
def test_revocation_is_by_form(certified: Site, dialogue: Dialogue, tmp_path: Path) -> None:
    form = tmp_path / "form.pdf"
    form.write_text("mine")
    answers = certified.answers(paper_out="save", paper_place=str(form), place_taken=True)
    played = dialogue.play("revoke", "--issuer", FINE, answers=answers)
    assert played.end["way"] == "paper"
    assert "TWCA FINE 憑證廢止申請單" in played.end["text"]
    assert [name for name, _ in played.end["table"]["rows"]] == [
        "用戶識別名稱",
        "簽章憑證序號",
        "加密憑證序號",
        "原因",
    ]
    assert played.questions("place_taken") and form.read_bytes()[:4] == b"%PDF"
    assert [each.read_text() for each in (certified.program.home / "archive").rglob("form.pdf")] == ["mine"]
    serials = [each["serial"] for each in in_file(tmp_path / "card.pfx", KEY_PASSWORD)]
    counter.revoke(certified.ra.folder, FINE, serials, "keyCompromise")
    assert dialogue.play("query", "--issuer", FINE, answers=certified.answers()).end["status"] == 20


@pytest.mark.feature("4-19")
def test_site_password_changed(certified: Site, dialogue: Dialogue) -> None:
    answers = certified.answers(old_site_password=SITE_PASSWORD, new_site_password="fine-97531")
    assert dialogue.play("site-password", "--issuer", FINE, answers=answers).end["title"] == "密碼更改成功"
    again = dialogue.play("certificates", "--issuer", FINE, answers=certified.answers(site_password="fine-97531"))
    assert again.end["done"] == "certificates"


@pytest.mark.feature("4-05")
def test_the_notice_is_mailed_a_month_before(certified: Site, dialogue: Dialogue) -> None:
    certified.ra.put_forward(timedelta(days=175))
    dialogue.play("certificates", "--issuer", FINE, answers=certified.answers())
    mails = [each for each in certified.ra.outbox() if each.kind == "email"]
    assert {each.address for each in mails} == {"it@example.com"}
    assert all("展期" in each.text and "https://" in each.text for each in mails)
