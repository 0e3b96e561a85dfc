"""System 2, TWCA's site: slip, first login, two pairs in our store, download, renewal, paper (2-02 … 2-23)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from certtray_sandbox import counter
from tests.faces import Dialogue, Program
from tests.flows.browsers import shared
from tests.flows.site import LATER_PASSWORD, SITE_PASSWORD, Site, site
from tests.makers import run_tool

SOFT = "twca-soft"


@pytest.fixture
def soft(certtray: Program) -> Iterator[Site]:
    """The site, with the person's form approved."""
    with site(certtray, SOFT) as made:
        made.register()
        yield made


@pytest.fixture
def holder(soft: Site, dialogue: Dialogue) -> Site:
    """The site after applying and downloading."""
    played = dialogue.play("apply", "--issuer", SOFT, answers=soft.first_login())
    assert played.end.get("step") == "installed", played.end
    return soft


@pytest.mark.feature("2-02", "2-03", "2-04", "2-06", "2-07", "2-08", "2-09", "2-10")
def test_from_the_slip_to_certificates_that_can_be_used(soft: Site, dialogue: Dialogue, certtray: Program) -> None:
    played = dialogue.play("apply", "--issuer", SOFT, answers=soft.first_login())
    assert played.exit_status == 0, played.end
    assert [question["key"] for question in played.questions()] == [
        "site_account",
        "site_password",
        "captcha",
        "old_site_password",
        "new_site_password",
        "registration",
        "registration_right",
        "terms",
        "key_name",
        "new_key_password",
        "after_applying",
    ]
    (right,) = played.questions("registration_right")
    assert {name for name, _ in right["rows"]} >= {
        "身分證號或統編",
        "用戶名稱",
        "用戶識別名稱",
        "E-mail",
        "電話",
        "地址",
    }
    (ended,) = played.questions("after_applying")
    assert "下載後才能使用" in ended["help"]
    assert played.end["step"] == "installed"
    assert "installed_in_store" in played.events()
    assert [each["usage"] for each in soft.held()] == [
        "Digital Signature, Non Repudiation",
        "Key Encipherment, Data Encipherment",
    ]
    listed = run_tool("certutil", "-L", "-d", f"sql:{shared(certtray)}").decode()
    assert "L999" in listed and listed.count("u,u,u") == 2
    assert shared(certtray).stat().st_mode & 0o777 == 0o700
    rows = [row for row in certtray.rows("list") if row["mine"]]
    assert len(rows) == 2
    assert {(place["kind"], place["has_key"]) for row in rows for place in row["locations"]} == {("nss", True)}


@pytest.mark.feature("2-03", "2-23")
def test_the_first_password_must_be_changed_by_the_rules(soft: Site, dialogue: Dialogue) -> None:
    wanted = ["short", soft.first_password, "x" * 17, SITE_PASSWORD]
    played = dialogue.play("certificates", "--issuer", SOFT, answers=soft.first_login(new_site_password=wanted))
    rules = [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"]
    assert rules == ["length", "same_as_old", "length"]
    assert played.end["certificates"] == []
    again = dialogue.play("certificates", "--issuer", SOFT, answers=soft.answers())
    assert again.end["done"] == "certificates"
    assert not again.questions("new_site_password")


@pytest.mark.feature("2-04", "2-22")
def test_three_wrong_passwords_suspend_and_a_form_frees(soft: Site, dialogue: Dialogue) -> None:
    dialogue.play("certificates", "--issuer", SOFT, answers=soft.first_login())
    played = dialogue.play(
        "certificates", "--issuer", SOFT, answers=soft.answers(site_password=["no-1", "no-2", "no-3"])
    )
    assert [question.get("tries_left") for question in played.questions("site_password")] == [None, 2, 1]
    assert played.end["code"] == "login-suspended"
    assert "密碼重新設定申請單" in played.end["todo"]
    assert "02-2370-8886" in played.end["todo"]
    right = dialogue.play("certificates", "--issuer", SOFT, answers=soft.answers())
    assert right.end["code"] == "login-suspended"
    counter.reset_password(soft.ra.folder, SOFT, soft.person.id)
    slip = [each for each in soft.ra.outbox() if "帳號" in each.text][-1]
    freed = dialogue.play(
        "certificates",
        "--issuer",
        SOFT,
        answers=soft.answers(site_password=slip.password, old_site_password=slip.password),
    )
    assert freed.end["done"] == "certificates"


@pytest.mark.feature("2-04")
def test_wrong_picture_digits_cost_no_try_of_the_password(soft: Site, dialogue: Dialogue) -> None:
    dialogue.play("certificates", "--issuer", SOFT, answers=soft.first_login())
    wrong = lambda question: str((int(soft.seen(question)) + 1) % 10 ** question["digits"]).zfill(question["digits"])  # noqa: E731
    answers = soft.answers(captcha=[{"action": "another"}, wrong, soft.seen], site_password=[SITE_PASSWORD] * 2)
    played = dialogue.play("certificates", "--issuer", SOFT, answers=answers)
    assert played.end["done"] == "certificates"
    again = played.questions("site_password")[1]
    assert again["error"]["facts"]["number"] == "8017"
    assert "tries_left" not in again
    pictures = [question["png"] for question in played.questions("captcha")]
    assert len(set(pictures)) == 3


@pytest.mark.feature("2-09", "2-10")
def test_put_off_and_downloaded_later(soft: Site, dialogue: Dialogue) -> None:
    played = dialogue.play("apply", "--issuer", SOFT, answers=soft.first_login(after_applying="manage"))
    assert played.end["done"] == "certificates"
    assert "waiting.download" in played.events()
    assert soft.held() == []
    later = dialogue.play("download", "--issuer", SOFT, answers=soft.answers())
    assert later.end["step"] == "installed", later.end
    assert len(soft.held()) == 2
    nothing = dialogue.play("download", "--issuer", SOFT, answers=soft.answers())
    assert (nothing.end["code"], nothing.end["facts"]["number"]) == ("nothing-to-download", "6036")


@pytest.mark.feature("2-11")
def test_another_computer_cannot_download(soft: Site, dialogue: Dialogue, tmp_path: Path) -> None:
    dialogue.play("apply", "--issuer", SOFT, answers=soft.first_login(after_applying="manage"))
    elsewhere = Program(tmp_path / "other")
    (tmp_path / "other" / "user").mkdir(parents=True)
    other = Site(soft.ra, elsewhere, SOFT)
    other.connect()
    played = Dialogue(elsewhere).play("download", "--issuer", SOFT, answers=soft.answers())
    assert (played.end["code"], played.end["facts"]["number"]) == ("key-elsewhere", "80092004")
    assert "廢止" in played.end["todo"] and "重新申請" in played.end["todo"]


@pytest.mark.feature("2-13", "2-15", "2-16", "2-17", "2-18")
def test_both_certificates_are_renewed_together(holder: Site, dialogue: Dialogue) -> None:
    before = {each["serial"] for each in holder.held()}
    answers = holder.answers(new_key_password=LATER_PASSWORD)
    early = dialogue.play("renew", answers={**answers, "renew_early": False})
    assert early.end["code"] == "cancelled"
    played = dialogue.play("renew", answers=answers)
    assert played.end["step"] == "installed", played.end
    (shown,) = played.questions("renew_early")
    names = [name for name, _ in shown["rows"]]
    values = {str(value) for _, value in shown["rows"]}
    assert names.count("憑證序號") == 2
    assert {"簽章", "加密"} <= values
    subjects = [value for name, value in shown["rows"] if name == "憑證主旨"]
    assert len(set(subjects)) == 2, "the two subjects differ"
    after = [each for each in holder.held() if each["serial"] not in before]
    assert [each["usage"].partition(" ")[0] for each in after] == ["Digital", "Key"]
    assert before < {each["serial"] for each in holder.held()}, "the old ones stay until they are removed"
    again = dialogue.play("renew", answers={**answers, "renew_early": False})
    (rows,) = [question["rows"] for question in again.questions("renew_early")]
    assert {value for name, value in rows if name == "憑證序號"} == {each["serial"].zfill(8) for each in after}


@pytest.mark.feature("2-14")
def test_the_notice_comes_a_month_before_with_the_address(holder: Site, dialogue: Dialogue) -> None:
    holder.ra.put_forward(timedelta(days=340))
    dialogue.play("certificates", "--issuer", SOFT, answers=holder.answers())
    (notice,) = [each for each in holder.ra.outbox() if each.kind == "email"]
    assert "展期" in notice.text and "https://" in notice.text


@pytest.mark.feature("2-19")
def test_revocation_is_on_paper_with_the_forms_data(holder: Site, dialogue: Dialogue, tmp_path: Path) -> None:
    form = tmp_path / "form.pdf"
    answers = holder.answers(paper_out="save", paper_place=str(form), revoke_reason="affiliationChanged")
    played = dialogue.play("revoke", "--issuer", SOFT, answers=answers)
    assert (played.end["done"], played.end["way"]) == ("elsewhere.paper", "paper")
    assert "憑證廢止申請單" in played.end["text"] and "延平南路85號" in played.end["text"]
    text = run_tool("pdftotext", form, "-").decode()
    assert "憑證廢止申請資料" in text and holder.person.id in text and "affiliationChanged" in text
    serials = [each["serial"] for each in holder.held()]
    assert all(str(int(serial, 16)) in text for serial in serials)
    assert form.stat().st_mode & 0o777 == 0o600
    counter.revoke(holder.ra.folder, SOFT, serials, "affiliationChanged")
    after = dialogue.play("certificates", "--issuer", SOFT, answers=holder.answers())
    assert after.end["certificates"] == []


@pytest.mark.feature("2-12")
def test_the_duty_to_back_up_is_said_at_the_end(soft: Site, dialogue: Dialogue) -> None:
    played = dialogue.play("apply", "--issuer", SOFT, answers=soft.first_login())
    said = next(row["text"] for row in played.rows if row.get("key") == "installed_in_store")
    assert "備份" in said


@pytest.mark.feature("2-23")
def test_site_password_changed_and_the_old_one_ends(holder: Site, dialogue: Dialogue) -> None:
    answers = holder.answers(old_site_password=["wrong-one", SITE_PASSWORD], new_site_password="site-97531")
    played = dialogue.play("site-password", "--issuer", SOFT, answers=answers)
    assert played.end["title"] == "密碼更改成功"
    assert [question.get("tries_left") for question in played.questions("old_site_password")] == [None, 2]
    refused = dialogue.play("certificates", "--issuer", SOFT, answers=holder.answers(site_password=[SITE_PASSWORD]))
    assert refused.questions("site_password")[1]["tries_left"] == 2
    new = dialogue.play("certificates", "--issuer", SOFT, answers=holder.answers(site_password="site-97531"))
    assert new.end["done"] == "certificates"


@pytest.mark.feature("2-23")
def test_a_connection_that_breaks_says_whether_it_was_changed(holder: Site, dialogue: Dialogue) -> None:
    def stop(_question: object) -> str:
        holder.ra.stop(kill=True)
        return "site-97531"

    played = dialogue.play(
        "site-password",
        "--issuer",
        SOFT,
        answers=holder.answers(old_site_password=SITE_PASSWORD, new_site_password=stop),
    )
    assert played.end["code"] == "password-unclear"
    assert json.dumps(played.rows).count("site-97531") == 0


def test_nothing_registered_leads_to_the_counter(certtray: Program, dialogue: Dialogue) -> None:
    with site(certtray, SOFT) as empty:
        empty.register()
        dialogue.play("apply", "--issuer", SOFT, answers=empty.first_login())
        played = dialogue.play("apply", "--issuer", SOFT, answers=empty.answers())
    assert played.end["code"] == "not-registered"
    assert "櫃檯" in played.end["todo"]
