"""System 3, Cooperative Bank's FXML on the PC: counter, e-mail, apply password, downloads, managing, proof (3-01 … 3-35)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray_sandbox import counter
from tests.faces import Dialogue, Program
from tests.flows.site import LATER_PASSWORD, Site, site
from tests.makers import run_tool

FXML = "tcb-fxml"


@pytest.fixture
def bank(certtray: Program) -> Iterator[Site]:
    """The bank, with the person's form approved at the counter."""
    with site(certtray, FXML) as made:
        made.register(email="ming@example.com")
        yield made


@pytest.fixture
def holder(bank: Site, dialogue: Dialogue) -> Site:
    """The bank after applying and downloading."""
    played = dialogue.play("apply", "--issuer", FXML, answers=bank.first_login(email="new@example.com"))
    assert played.end.get("step") == "installed", played.end
    return bank


@pytest.mark.feature("3-02", "3-03", "3-04", "3-07", "3-08", "3-09", "3-33", "3-35")
def test_applied_with_the_counters_password(bank: Site, dialogue: Dialogue) -> None:
    answers = bank.first_login(
        email=["not-an-address", "new@example.com"], apply_password=["wrong", bank.apply_password]
    )
    played = dialogue.play("apply", "--issuer", FXML, answers=answers)
    assert played.end.get("step") == "installed", played.end
    assert [question["key"] for question in played.questions()] == [
        "site_account",
        "site_password",
        "captcha",
        "registration",
        "registration_right",
        "email",
        "apply_password",
        "apply_password",
        "terms",
        "key_name",
        "new_key_password",
        "after_applying",
    ]
    (email,) = played.questions("email")
    assert email["suggested"] == "m***@example.com"
    assert played.questions("apply_password")[1]["tries_left"] > 0
    assert len(played.questions("terms")[0]["clauses"]) == 10
    (ways,) = played.questions("after_applying")
    assert ways["title"] == "憑證申請中，等待CA核發"
    assert [option["label"] for option in ways["options"]] == ["現在就下載", "憑證管理", "回申請清單"]
    signing, encryption = bank.held()
    assert signing["usage"].startswith("Digital") and encryption["usage"].startswith("Key")
    for part in ("O = Finance", "OU = TWCA Financial User CA", "OU = 0060000-Taiwan Cooperative Bank", "OU = FXML"):
        assert part in signing["subject"]
    ends = datetime.strptime(signing["notAfter"], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
    assert abs((ends - bank.ra.clock()).days - 365) <= 1


@pytest.mark.feature("3-02")
def test_a_medium_fixed_at_the_counter_is_kept_to(certtray: Program, dialogue: Dialogue) -> None:
    with site(certtray, FXML) as bank:
        bank.register(device="iKey")
        played = dialogue.play("apply", "--issuer", FXML, answers=bank.first_login())
    assert played.end["code"] == "no-token"


@pytest.mark.feature("3-08")
def test_without_the_counter_there_is_nothing_to_apply_for(holder: Site, dialogue: Dialogue) -> None:
    played = dialogue.play("apply", "--issuer", FXML, answers=holder.first_login())
    assert played.end["code"] == "not-registered"
    assert "櫃檯" in played.end["todo"]


@pytest.mark.feature("3-12", "3-13", "3-34")
def test_renewed_by_both_old_keys_keeping_the_rest(holder: Site, dialogue: Dialogue) -> None:
    before = holder.held()
    answers = holder.first_login(email="later@example.com", new_key_password=LATER_PASSWORD)
    played = dialogue.play("renew", answers=answers)
    assert played.end.get("step") == "installed", played.end
    assert played.questions("renew_early")[0]["rows"]
    after = [each for each in holder.held() if each not in before]
    assert len(after) == 2
    old_end, new_end = (datetime.strptime(each[0]["notAfter"], "%b %d %H:%M:%S %Y GMT") for each in (before, after))
    assert old_end.replace(year=old_end.year + 1) == new_end
    holder.ra.put_forward(timedelta(days=705))
    dialogue.play("certificates", "--issuer", FXML, answers=answers)
    assert [each.address for each in holder.ra.outbox() if each.kind == "email"][-1] == "later@example.com"


@pytest.mark.feature("3-13")
def test_a_lost_store_cannot_renew(certtray: Program, dialogue: Dialogue) -> None:
    with site(certtray, FXML) as bank:
        bank.register()
        played = dialogue.play("renew", answers=bank.first_login())
    assert played.end["code"] == "old-certificate-lost"


@pytest.mark.feature("3-16", "3-30", "3-31")
def test_pending_is_said_then_downloaded_then_nothing_is_left(bank: Site, dialogue: Dialogue) -> None:
    bank.ra.hold(FXML)
    played = dialogue.play("apply", "--issuer", FXML, answers=bank.first_login())
    assert (played.end["step"], played.end["waiting"]) == ("sent", "issuing")
    waiting = dialogue.play("download", "--issuer", FXML, answers=bank.first_login())
    assert waiting.end["waiting"] == "issuing"
    assert any("6025" in row.get("text", "") for row in waiting.rows)
    assert "核發中" in waiting.questions("download")[0]["options"][0]["label"]
    bank.ra.release(FXML)
    fetched = dialogue.play("download", "--issuer", FXML, answers=bank.first_login())
    assert fetched.end["step"] == "installed", fetched.end
    assert len(bank.held()) == 2
    nothing = dialogue.play("download", "--issuer", FXML, answers=bank.first_login())
    assert nothing.end["facts"]["number"] == "6036"
    assert "重新申請" in nothing.end["todo"]


@pytest.mark.feature("3-32")
def test_a_key_on_another_computer_leads_to_the_counter(bank: Site, dialogue: Dialogue, tmp_path: Path) -> None:
    dialogue.play("apply", "--issuer", FXML, answers=bank.first_login(after_applying="manage"))
    (tmp_path / "other" / "user").mkdir(parents=True)
    other = Site(bank.ra, Program(tmp_path / "other"), FXML)
    other.connect()
    played = Dialogue(other.program).play("download", "--issuer", FXML, answers=bank.first_login())
    assert played.end["facts"]["number"] == "80092004"
    assert "櫃檯" in played.end["todo"] and "重新申請" in played.end["todo"]


@pytest.mark.feature("3-17")
def test_query_shows_everything_about_one(holder: Site, dialogue: Dialogue) -> None:
    played = dialogue.play("query", "--issuer", FXML, answers=holder.first_login())
    shown = dict(played.end["table"]["rows"])
    serials = {int(each["serial"], 16) for each in holder.held()}
    assert int(shown["憑證序號（十進位）"]) in serials
    assert shown["憑證狀態"] == "有效憑證（0）"
    assert "TaiCA Test FXML CA" in shown["簽發者"]
    assert holder.person.id not in str(played.rows)


@pytest.mark.feature("3-18")
def test_suspended_both_and_resumed_only_at_the_counter(holder: Site, dialogue: Dialogue) -> None:
    answers = holder.first_login()
    assert holder.program.rows("list")  # they are seen here, so history can name them
    unsure = dialogue.play("suspend", "--issuer", FXML, answers={**answers, "suspend_sure": False})
    assert unsure.end["code"] == "cancelled"
    played = dialogue.play("suspend", "--issuer", FXML, answers=answers)
    serials = {int(each["serial"], 16) for each in holder.held()}
    assert {int(serial, 16) for serial in played.end["serials"]} == serials
    (line,) = [row for row in dialogue.play("history", answers={}).end["lines"] if row["what"] == "suspend"]
    assert len(line["fingerprints"]) == 2
    query = dialogue.play("query", "--issuer", FXML, answers=answers)
    assert (query.end["status"], query.end["reason"]) == (26, "certificateHold")
    back = dialogue.play("reinstate", "--issuer", FXML, answers=answers)
    assert (back.end["done"], back.end["way"]) == ("elsewhere.counter", "counter")
    counter.resume(holder.ra.folder, FXML, [f"{serial:X}" for serial in serials])
    again = dialogue.play("query", "--issuer", FXML, answers=answers)
    assert again.end["status"] == 0


@pytest.mark.feature("3-32")
def test_revocation_is_at_the_counter(holder: Site, dialogue: Dialogue) -> None:
    played = dialogue.play("revoke", "--issuer", FXML, answers={})
    assert played.end["way"] == "counter"
    assert "身分證明文件" in played.end["text"]


@pytest.mark.feature("3-19")
def test_a_proof_saved_as_pdf_and_a_printer_that_is_not_there(holder: Site, dialogue: Dialogue, tmp_path: Path) -> None:
    out = tmp_path / "proof.pdf"
    answers = holder.first_login(paper_out=["print", "save"], paper_place=str(out))
    played = dialogue.play("proof", "--issuer", FXML, answers=answers)
    assert played.end["path"] == str(out), played.end
    first, second = played.questions("paper_out")
    assert second["error"]["code"] == "not-printed"
    assert ["證明單號", played.end["number"]] in first["rows"]
    text = run_tool("pdftotext", out, "-").decode()
    assert "憑證證明單" in text and holder.person.name in text and holder.person.id in text
    assert played.end["number"] in text
    assert out.read_bytes().startswith(b"%PDF-")


@pytest.mark.feature("3-26")
def test_fedi_is_converted_without_the_counter(certtray: Program, dialogue: Dialogue) -> None:
    with site(certtray, FXML) as bank:
        bank.register(action="convert")
        played = dialogue.play("fedi", "--issuer", FXML, answers=bank.first_login(email="edi@example.com"))
        assert played.end.get("step") == "installed", played.end
        assert played.end["action"] == "convert"
        assert not played.questions("apply_password")
        (signing, _) = bank.held()
        assert f"CN = {bank.person.id}-00-20" in signing["subject"]
        again = dialogue.play("fedi", "--issuer", FXML, answers=bank.first_login())
        assert again.end["code"] == "not-registered"


@pytest.mark.feature("3-09")
def test_back_to_the_list_applies_for_the_next_one(bank: Site, dialogue: Dialogue) -> None:
    bank.ra.registered(FXML, bank.person.id, action="convert")
    played = dialogue.play("apply", "--issuer", FXML, answers=bank.first_login(after_applying="list"))
    assert played.end["code"] == "not-registered", "one was registered, and it was applied for"
    assert "waiting.download" in played.events()
