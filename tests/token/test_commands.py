"""``certtray token …`` and ``certtray doctor`` as a person or a script meets them, proven from the card's side."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pexpect
import pytest

from certtray_sandbox.cards import softhsm
from certtray_sandbox.cards.memory import PIN
from certtray_sandbox.cards.personal import ENCRYPTION, put_certificate
from certtray_sandbox.cards.softhsm import SoftToken
from tests import makers
from tests.faces import Dialogue, Program, TerminalScreen
from tests.token.conftest import Cards, put

RIGHT, WRONG, NEW, PUK = "123456", "999999", "654321", "12345678"
SEEN = ("PCSCLITE_CSOCK_NAME", "SOFTHSM2_CONF")


@pytest.fixture(autouse=True)
def rig(cards: Cards, certtray: Program) -> None:
    """Programs started here see the rig and nothing else."""
    certtray.more.update({name: os.environ[name] for name in SEEN})


def sent(cards: Cards) -> list[tuple[str, int]]:
    """Return the PIN commands the card got, with its answers."""
    return [(each.name, each.status) for each in cards.card.transcript.pins]


def with_pins(certtray: Program, *arguments: str, pins: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command with its PINs on a file descriptor."""
    reading, writing = os.pipe()
    os.write(writing, "".join(f"{pin}\n" for pin in pins).encode())
    os.close(writing)
    try:
        return subprocess.run(
            [*certtray.command, *arguments, "--pin-fd", str(reading), "--json"],
            env=certtray.environment,
            pass_fds=[reading],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(reading)


def test_a_list_needs_no_pin(cards: Cards, certtray: Program) -> None:
    (row,) = certtray.rows("token", "list")
    assert (row["reader"], row["standing"], row["tries_left"]) == (cards.slot.reader, "fine", 3)
    assert [each["usage"] for each in row["certificates"]] == ["sign", "encrypt"]
    shown = certtray.run("token", "list").stdout
    assert "可再輸入 3 次" in shown and "70759028-00-0007" in shown
    known = certtray.rows("list")  # without any event: what the hourly check does
    assert [each["locations"][0]["kind"] for each in known] == ["token", "token"]
    cards.slot.remove()
    assert certtray.rows("token", "list") == []
    assert sent(cards) == []


@pytest.mark.feature("4-20")
def test_a_pin_is_changed_and_each_answer_is_one_command(cards: Cards, dialogue: Dialogue) -> None:
    answers = iter([WRONG, RIGHT])
    played = dialogue.play("token", "pin", answers={"token_pin": lambda _: next(answers), "new_token_pin": NEW})
    assert played.end["done"] == "token_pin", played.end
    assert [each["tries_left"] for each in played.questions("token_pin")] == [3, 2]
    assert played.questions("token_pin")[1]["error"]["code"] == "pin-wrong"
    assert sent(cards) == [("CHANGE REFERENCE DATA", 0x63C2), ("CHANGE REFERENCE DATA", 0x9000)]
    assert cards.card.memory.pin == b"654321\xff\xff"
    assert "token_pin" in (dialogue.program.home / "history.jsonl").read_text()


def test_what_cannot_be_a_pin_costs_no_try(cards: Cards, dialogue: Dialogue) -> None:
    with dialogue_that_types(dialogue, "token", "pin") as talk:
        first = talk.until("question")
        talk.answer(first, "12")
        assert talk.until("invalid")["error"]["facts"]["rule"] == "pin_length"
        talk.answer(first, RIGHT)
        second = talk.until("question")
        talk.answer(second, RIGHT)
        assert talk.until("invalid")["error"]["facts"]["rule"] == "same_pin"
    assert sent(cards) == []


class dialogue_that_types:
    """A conversation led line by line."""

    def __init__(self, dialogue: Dialogue, *arguments: str) -> None:
        self._talk = dialogue.start(*arguments)
        self._rows = self._talk.rows()

    def __enter__(self) -> dialogue_that_types:
        return self

    def until(self, kind: str) -> dict[str, Any]:
        """Return the next row of this type."""
        return next(row for row in self._rows if row["type"] == kind)

    def answer(self, question: dict[str, Any], answer: str) -> None:
        """Answer it."""
        self._talk.answer(question, answer)

    def __exit__(self, *_: object) -> None:
        self._talk.process.kill()
        self._talk.process.communicate()


@pytest.mark.feature("4-13")
def test_the_final_try_is_confirmed_and_a_locked_card_gets_nothing(cards: Cards, dialogue: Dialogue) -> None:
    played = dialogue.play(
        "token",
        "test",
        answers={"token_pin": WRONG, "token_final_try": False},
    )
    assert played.end["code"] == "cancelled"
    assert sent(cards) == [("VERIFY", 0x63C2), ("VERIFY", 0x63C1)]
    played = dialogue.play("token", "test", answers={"token_pin": WRONG, "token_final_try": True})
    assert played.end["code"] == "pin-locked"
    assert [each["tries_left"] for each in played.questions("token_pin")] == [1]
    assert sent(cards)[2:] == [("VERIFY", 0x6983)]
    played = dialogue.play("token", "test", answers={})
    assert (played.end["code"], played.questions()) == ("pin-locked", [])
    assert len(sent(cards)) == 3


def test_a_locked_card_is_unlocked(cards: Cards, dialogue: Dialogue) -> None:
    cards.card.memory.left[PIN] = 0
    codes = iter(["00000000", PUK])
    played = dialogue.play("token", "unlock", answers={"token_puk": lambda _: next(codes), "new_token_pin": NEW})
    assert played.end["done"] == "token_unlock", played.end
    assert sent(cards) == [("RESET RETRY COUNTER", 0x63C2), ("RESET RETRY COUNTER", 0x9000)]
    assert cards.card.memory.left[PIN] == 3


@pytest.mark.feature("3-22", "3-23")
def test_ten_wrong_pins_lock_a_token_and_a_module_of_ones_own_is_used(
    cards: Cards, certtray: Program, dialogue: Dialogue
) -> None:
    cards.card.memory.tries = cards.card.memory.left[PIN] = 10
    certtray.home.mkdir(mode=0o700)
    (certtray.home / "modules.toml").write_text(
        '[[module]]\nid = "ezsign"\nname = "ezSign"\nunblock = "so"\n'
        'linux = ["/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"]\n',
        "utf-8",
    )
    (row,) = certtray.rows("token", "list")
    assert (row["module"], row["tries_left"]) == ("ezsign", 10)
    played = dialogue.play("token", "pin", row["serial"], answers={"token_pin": RIGHT, "new_token_pin": NEW})
    assert played.end["done"] == "token_pin"
    played = dialogue.play(
        "token", "pin", answers={"token_pin": WRONG, "new_token_pin": RIGHT, "token_final_try": True}
    )
    assert played.end["code"] == "pin-locked"
    assert [each["tries_left"] for each in played.questions("token_pin")] == list(range(10, 0, -1))
    assert len(sent(cards)) == 1 + 10


@pytest.mark.feature("4-08")
def test_a_test_signature_and_the_doctor(cards: Cards, dialogue: Dialogue) -> None:
    played = dialogue.play("token", "test", answers={"token_pin": RIGHT})
    assert played.end["title"] == "載具測試 OK"
    assert [each["good"] for each in played.end["signatures"]] == [True]
    assert sent(cards) == [("VERIFY", 0x9000)]
    played = dialogue.play(
        "doctor",
        answers={"doctor_sign": lambda asked: asked["options"][0]["id"], "token_pin": RIGHT},
    )
    found = {each["id"]: each for each in played.end["modules"]}
    assert played.end["signed"] is True
    for name in ("opensc", "ykcs11"):
        assert found[name]["fault"] is None and len(found[name]["tokens"]) == 1
    assert sent(cards) == [("VERIFY", 0x9000)] * 2


def test_pins_come_from_a_descriptor_and_stay_nowhere(cards: Cards, certtray: Program) -> None:
    done = with_pins(certtray, "token", "pin", pins=[RIGHT, NEW])
    assert done.returncode == 0, done.stderr
    assert cards.card.memory.pin == b"654321\xff\xff"
    refused = with_pins(certtray, "token", "pin", pins=[WRONG, RIGHT, NEW])
    assert refused.returncode == 77
    assert sent(cards) == [("CHANGE REFERENCE DATA", 0x9000), ("CHANGE REFERENCE DATA", 0x63C2)]
    said = done.stdout + done.stderr + refused.stdout + refused.stderr
    kept = b"".join(path.read_bytes() for path in certtray.home.rglob("*") if path.is_file())
    kept = re.sub(rb"[0-9a-f]{64}", b"", kept)  # a fingerprint may hold any six digits by chance
    for pin in (RIGHT, NEW, WRONG):
        assert pin not in said
        assert pin.encode() not in kept


def test_a_person_types_it_unseen(cards: Cards, terminal: TerminalScreen) -> None:
    process = terminal.start("token", "test")
    process.expect("的密碼")
    process.expect("可再輸入 3 次")
    process.expect(">")
    process.sendline(RIGHT)
    process.expect("載具測試 OK")
    assert RIGHT not in str(process.before)
    process.expect(pexpect.EOF)
    assert sent(cards) == [("VERIFY", 0x9000)]


@pytest.mark.feature("3-25")
def test_an_expired_pair_is_deleted_together(
    cards: Cards, certtray: Program, dialogue: Dialogue, tmp_path: Path
) -> None:
    cards.slot.remove()
    begin = datetime.now(UTC).replace(microsecond=0)
    over = {"not_before": begin - timedelta(days=400), "not_after": begin - timedelta(days=35)}
    parties = {
        "01": makers.holder("A123456789-00-090319", use="sign", key=makers.spare_key(1), **over),
        "02": makers.holder("A123456789-00-090319", use="encrypt", key=makers.spare_key(2), **over),
        "03": makers.holder("A123456789-00-090319", use="sign", key=makers.spare_key(3)),
    }
    token = SoftToken(tmp_path / "ikey")
    put(token, tmp_path, parties)
    certtray.more.update(token.environment)
    sure: dict[str, Any] = {"token_old": "0", "token_delete_sure": True, "token_pin": softhsm.PIN}
    played = dialogue.play("token", "delete", answers=sure)
    assert played.end["done"] == "token_delete", played.end
    shown = str(played.questions("token_delete_sure")[0]["rows"])
    assert "簽章憑證" in shown and "加密憑證" in shown and "已過期" in shown
    (row,) = certtray.rows("token", "list")
    assert [each["id"] for each in row["certificates"]] == ["03"]
    played = dialogue.play("token", "delete", answers=sure)
    assert played.end["code"] == "none-fits"
    played = dialogue.play("token", "test", answers={"token_pin": softhsm.PIN})
    assert played.end["done"] == "token_test"


@pytest.mark.feature("4-16")
@pytest.mark.parametrize("same_end", [True, False])
def test_own_certificates_of_a_card_are_saved_each(
    cards: Cards, certtray: Program, dialogue: Dialogue, same_end: bool
) -> None:
    encryption = cards.encryption
    if not same_end:
        end = encryption.certificate.not_valid_after_utc - timedelta(days=30)
        encryption = makers.holder("70759028-00-0007", serial=3, use="encrypt", key=makers.spare_key(2), not_after=end)
        put_certificate(cards.card.memory, ENCRYPTION, encryption.der)
    rows = {each["usage"]: each["fingerprint_sha256"] for each in certtray.rows("list")}
    played = dialogue.play("export", rows["sign"], answers={"export_place": str(certtray.folder / "own.cer")})
    assert played.end["done"] == "exported", played.end
    assert (certtray.folder / "own-sign.cer").read_bytes() == cards.signing.der
    assert (certtray.folder / "own-encrypt.cer").read_bytes() == encryption.der
    assert ("export_ends_differ" in played.events()) is not same_end
    assert sent(cards) == []
