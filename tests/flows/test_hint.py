"""A hint for a file's password (0-24): shown on request and when the password was wrong, never telling it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faces import Program, TerminalScreen
from tests.flows.files import NEW, OLD, broker_place, play
from tests.flows.sinopac import Broker
from tests.makers import holder, openssl_pfx

HINT = "外婆家的門牌加上出生那年"


@pytest.mark.feature("0-24")
def test_set_seen_changed_removed(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    assert play(certtray, "hint", path, answers={"hint": HINT}).end["done"] == "hint_set"
    shown = play(certtray, "hint", path, answers={"hint_kept": "leave"})
    assert HINT in shown.questions("hint_kept")[0]["title"]
    assert shown.end["hint"] == HINT
    copy = Path(shutil.copy(path, certtray.folder / "copy.pfx"))
    assert play(certtray, "hint", copy, answers={"hint_kept": "leave"}).end["hint"] == HINT
    play(certtray, "hint", path, answers={"hint_kept": "change", "hint": "二"})
    assert play(certtray, "hint", path, answers={"hint_kept": "remove"}).end["done"] == "hint_removed"
    assert play(certtray, "hint", path, answers={"hint": HINT}).questions()[0]["key"] == "hint"


def test_shown_where_the_password_was_wrong(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    play(certtray, "hint", path, answers={"hint": HINT})
    answers = {"file_password": ["wrong", OLD], "remember_password": False, "change_password_of": False}
    for command in ("unlock", "password"):
        first, second = play(certtray, command, path, answers=answers).questions("file_password")
        assert "error" not in first and HINT not in str(first)
        assert HINT in second["error"]["what"]


@pytest.mark.parametrize(
    ("hint", "rule"),
    [
        ("", "hint_length"),
        ("長" * 61, "hint_length"),
        ("我的 a123456789", "hint_number"),
        (OLD, "hint_password"),
        (f"密碼是 {OLD}", "hint_password"),
    ],
)
def test_what_tells_too_much_is_refused(certtray: Program, hint: str, rule: str) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    played = play(certtray, "hint", path, answers={"hint": [hint, HINT]})
    assert [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"] == [rule]
    assert played.end["hint"] == HINT


def test_it_ends_with_the_password(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    play(certtray, "hint", path, answers={"hint": HINT})
    changed = {"file_password": OLD, "change_password_of": True, "changed_file_password": NEW}
    assert play(certtray, "password", path, answers=changed).end["done"] == "password_changed"
    assert play(certtray, "hint", path, answers={"hint": "新的"}).questions()[0]["key"] == "hint"


def test_a_renewal_that_keeps_the_password_keeps_the_hint(broker: Broker) -> None:
    path = broker.give_certificate(12)
    first = play(broker.program, "hint", path, answers={"hint": HINT})
    assert first.end.get("done") == "hint_set", (first.end, first.errors)
    renewed = play(broker.program, "renew", path, answers=broker.answers(new_file_password={"action": "keep"}))
    assert renewed.end["step"] == "installed", renewed.end
    assert play(broker.program, "hint", path, answers={"hint_kept": "leave"}).end["hint"] == HINT


def test_by_hand(certtray: Program, terminal: TerminalScreen) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    screen = terminal.start("hint", path)
    screen.expect("設定密碼提示")
    screen.sendline(HINT)
    screen.expect("密碼提示設定好了")
    screen.wait()
    assert screen.exitstatus == 0
