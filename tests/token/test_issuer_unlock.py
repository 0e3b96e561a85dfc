"""A card unlocked through its issuer (4-21, 4-22), proven from the card's side, from the RA's, and from what is left on disk."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from certtray_sandbox.cards.memory import PIN, PUK
from certtray_sandbox.cards.service import Service
from certtray_sandbox.people import PEOPLE
from certtray_sandbox.script import Conversation, Played
from tests.faces import Dialogue, Program, TerminalScreen
from tests.flows.middleman import middleman
from tests.rigs import ReferenceRa
from tests.token.conftest import soft_conf
from tests.token.handed_out import FINE, HandedOut, handed_out

NEW = "654321"
UNBLOCK = 0x2C
RESET = ("RESET RETRY COUNTER", 0x9000)


@pytest.fixture
def company(service: Service, certtray: Program, tmp_path: Path) -> Iterator[HandedOut]:
    """FINE's company with its card, whose PIN was entered wrong too often."""
    certtray.more.update(service.environment, SOFTHSM2_CONF=str(soft_conf(tmp_path / "none")))
    with handed_out(service, certtray, tmp_path) as made:
        made.card.memory.left[PIN] = 0
        yield made


def unlock(dialogue: Dialogue, company: HandedOut, **other: object) -> Played:
    return dialogue.play("token", "unlock", answers=company.answers(new_token_pin=NEW, **other))


def assert_unlocked(company: HandedOut, times: int = 1) -> None:
    """The new PIN is on the card, after so many commands; the RA knows, and has one unlocking; nothing is left to say."""
    assert company.sent == [RESET] * times
    assert company.card.memory.pin == NEW.encode() + b"\xff\xff"
    assert company.card.memory.left == {PIN: 3, PUK: 3}
    assert company.register("SELECT state FROM unlocks") == [("done",)]
    assert company.register("SELECT released_to FROM cards") == [(None,)]
    assert company.journal == []


@pytest.mark.feature("4-21", "4-22")
def test_three_wrong_pins_then_unlocked_through_the_issuer(
    company: HandedOut, dialogue: Dialogue, certtray: Program
) -> None:
    company.card.memory.left[PIN] = 3
    wrong = {"token_pin": "000000" if company.pin != "000000" else "111111", "token_final_try": True}
    assert dialogue.play("token", "test", answers=wrong).end["code"] == "pin-locked"
    assert company.card.memory.left[PIN] == 0
    company.card.transcript.clear()
    played = unlock(dialogue, company)
    assert (played.end["done"], played.end["title"]) == ("card_unlock", "晶片卡解鎖成功且密碼已重置")
    assert played.end["told"] is True
    assert [each["key"] for each in played.questions()] == ["site_account", "site_password", "captcha", "new_token_pin"]
    (verified,) = [each["text"] for each in played.rows if each.get("key") == "card_verified"]
    assert verified.startswith("卡片驗證成功")
    assert_unlocked(company)
    assert "token_unlock" in (certtray.home / "history.jsonl").read_text()
    assert dialogue.play("token", "test", answers={"token_pin": NEW}).end["done"] == "token_test"
    said = json.dumps(played.rows) + played.errors + company.site.ra.log_file.read_text("utf-8")
    kept = b"".join(path.read_bytes() for path in certtray.home.rglob("*") if path.is_file())
    for secret in (company.puk, NEW):
        assert secret not in said and secret.encode() not in kept
    company.card.memory.left[PIN] = 0  # locked once more: the issuer releases it once more
    company.card.transcript.clear()
    assert unlock(dialogue, company).end["told"] is True
    assert company.sent == [RESET]
    assert company.register("SELECT state FROM unlocks") == [("done",)] * 2


@pytest.mark.feature("4-22")
def test_a_person_at_a_terminal_never_sees_the_code(company: HandedOut, terminal: TerminalScreen) -> None:
    process = terminal.start("token", "unlock")
    for prompt, typed in (("網站帳號", company.site.account), ("網站密碼", "site-24680")):
        process.expect(prompt)
        process.expect(">")
        process.sendline(typed)
    process.expect("圖形驗證碼")
    process.expect(">")
    process.sendline(company.site.seen({"png": "shown"}))
    process.expect("卡片驗證成功")
    for _ in range(2):
        process.expect(">")
        process.sendline(NEW)
    process.expect("晶片卡解鎖成功且密碼已重置")
    assert company.puk not in str(process.before)
    assert_unlocked(company)


def test_another_ones_card_gets_nothing(company: HandedOut, dialogue: Dialogue, certtray: Program) -> None:
    company.site.person = PEOPLE[0]
    company.site.register()
    played = dialogue.play(
        "token", "unlock", answers=company.site.first_login(new_token_pin=NEW, new_site_password="other-24680")
    )
    assert (played.end["code"], played.end["facts"]["number"]) == ("issuer-refused", "8071")
    assert played.end["title"] == "卡片驗證失敗"
    assert played.questions("new_token_pin") == []
    assert company.sent == [] and company.journal == []
    assert company.register("SELECT * FROM unlocks") == []


def test_cancelled_at_the_new_pin_nothing_was_released(company: HandedOut, dialogue: Dialogue) -> None:
    answers = company.answers(new_token_pin={"cancel": True})
    assert dialogue.play("token", "unlock", answers=answers).end["code"] == "cancelled"
    assert company.register("SELECT state FROM unlocks") == [("verified",)]
    assert company.sent == [] and company.journal == []


def killed(company: HandedOut, folder: Path, point: str) -> tuple[Played, list[str]]:
    """Unlock with the program killed at ``point``; return also the points passed."""
    trace, program = folder / "trace", company.site.program
    command = [sys.executable, "-m", "tests.flows.killer", str(trace), point, "token", "unlock", "--json"]
    played = Conversation(command, program.environment).play(company.answers(new_token_pin=NEW))
    return played, trace.read_text("utf-8").splitlines()


CALL = "PUT /twca-fine/unlocks/*"
POINTS = {
    f"before send {CALL}/release 1": 0,
    f"after receive {CALL}/release 1": 0,
    f"before send {CALL}/done 1": 1,
    f"after receive {CALL}/done 1": 1,
}
"""Where the program is killed, and how often the card took a code by then."""


@pytest.mark.feature("4-22")
@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_it_is_done_again_under_the_same_id(
    company: HandedOut, dialogue: Dialogue, tmp_path: Path, point: str
) -> None:
    played, passed = killed(company, tmp_path, point)
    assert played.exit_status == -9 and passed[-1] == point, passed
    assert len(company.sent) == POINTS[point]
    (left,) = company.journal
    assert company.puk.encode() not in left.read_bytes() and NEW.encode() not in left.read_bytes()
    again = unlock(dialogue, company)
    assert again.end["done"] == "card_unlock", again.end
    if POINTS[point]:  # the issuer learns of it at the login at the latest; what is asked for then is another unlocking
        assert company.register("SELECT state FROM unlocks") == [("done",)] * 2
        assert company.sent == [RESET] * 2 and company.journal == []
    else:
        assert_unlocked(company)


def test_what_the_issuer_was_not_told_is_told_at_the_next_login(
    company: HandedOut, dialogue: Dialogue, tmp_path: Path
) -> None:
    killed(company, tmp_path, f"before send {CALL}/done 1")
    assert company.register("SELECT state FROM unlocks") == [("released",)]
    listed = dialogue.play("certificates", "--issuer", FINE, answers=company.answers())
    assert listed.end["done"] == "certificates"
    assert_unlocked(company)


@pytest.mark.parametrize("fault", ["cut after", "cut before", "garbage"])
def test_a_lost_answer_is_asked_for_again(company: HandedOut, dialogue: Dialogue, tmp_path: Path, fault: str) -> None:
    """The first time the line takes every answer to the release; the second time it works."""
    at_fine = ReferenceRa(company.site.ra.folder, company.site.ra.url_of(FINE), company.site.ra.tls_root)
    with middleman(at_fine, tmp_path / "between") as between:
        company.site.connect_to(between.url, between.root)
        between.spoil("PUT /unlocks/[^/]*/release", fault)
        played = unlock(dialogue, company)
        assert played.end["code"] in ("issuer-unreachable", "issuer-answer-invalid"), played.end
        assert between.spoiled and company.sent == [] and len(company.journal) == 1
        between.heal()
        assert unlock(dialogue, company).end["told"] is True
    assert_unlocked(company)


@pytest.mark.feature("4-21")
@pytest.mark.parametrize("answered", [False, True])
def test_a_card_pulled_at_the_one_command(company: HandedOut, dialogue: Dialogue, answered: bool) -> None:
    slot = company.service.slots[0]
    slot.pull_answered = answered
    slot.pull_when = lambda _, apdu: apdu[1] == UNBLOCK
    played = unlock(dialogue, company)
    assert played.end["code"] == "pin-unclear", played.end
    assert len(company.sent) == int(answered)
    (left,) = company.journal
    assert company.puk.encode() not in left.read_bytes()
    slot.pull_answered = False
    company.insert()
    assert unlock(dialogue, company).end["told"] is True
    assert_unlocked(company, times=1 + int(answered))


def test_a_code_that_does_not_fit_is_tried_once(company: HandedOut, dialogue: Dialogue) -> None:
    company.card.memory.puk = b"00000000" if company.puk != "00000000" else b"11111111"
    played = unlock(dialogue, company)
    assert (played.end["code"], played.end["title"]) == ("pin-wrong", "發行機構的解鎖碼不符")
    assert company.sent == [("RESET RETRY COUNTER", 0x63C2)]
    assert len(played.questions("new_token_pin")) == 1


def test_without_a_connection_the_code_is_asked_for(company: HandedOut, dialogue: Dialogue, certtray: Program) -> None:
    for path in (certtray.home / "connections").iterdir():
        path.unlink()
    played = unlock(dialogue, company, token_puk=company.puk)
    assert played.end["done"] == "token_unlock", played.end
    assert [each["key"] for each in played.questions()] == ["token_puk", "new_token_pin"]
    assert company.sent == [RESET]
