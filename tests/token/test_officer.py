"""A token whose security officer unlocks it: wrong PINs lock it, the officer's secret and a new PIN open it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from certtray_sandbox.cards.opencryptoki import LABEL, MODULE, PIN, SLOT, SO_PIN, officer_token
from tests.faces import Dialogue, Program
from tests.token.conftest import soft_conf

MOST = 8
"""Wrong PINs any token locks after, and more."""


@dataclass
class Inside(Program):
    """The command where the token is."""

    prefix: tuple[str, ...] = ()

    @property
    def command(self) -> list[str]:
        """Entered first."""
        return [*self.prefix, *super().command]

    def guess_until(self, flag: str) -> None:
        """Let somebody else's program guess wrong until the token says ``flag``."""
        guess = ["pkcsconf", "-p", "-c", str(SLOT), "-U", "99999999", "-n", "11223344"]
        for _ in range(MOST):
            subprocess.run([*self.prefix, *guess], capture_output=True, check=False)
            told = subprocess.run([*self.prefix, "pkcsconf", "-t"], capture_output=True, text=True, check=True)
            if flag in told.stdout:
                return
        raise AssertionError(flag)


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Inside]:
    """A home in which this token's module is set up."""
    with officer_token() as token:
        program = Inside(tmp_path, prefix=token.inside)
        program.more.update(SOFTHSM2_CONF=str(soft_conf(tmp_path / "none")), PCSCLITE_CSOCK_NAME="/nonexistent")
        (tmp_path / "user").mkdir()
        program.home.mkdir(mode=0o700)
        places = {"officer": MODULE, "opensc": "/nonexistent", "ykcs11": "/nonexistent", "softhsm": "/nonexistent"}
        rows = [
            f'[[module]]\nid = "{name}"\nname = "{name}"\nunblock = "so"\nlinux = ["{place}"]\n'
            for name, place in places.items()
        ]
        (program.home / "modules.toml").write_text("".join(rows), "utf-8")
        yield program


def test_wrong_pins_lock_and_the_officer_unlocks(inside: Inside) -> None:
    dialogue = Dialogue(inside)
    (row,) = inside.rows("token", "list")
    assert (row["module"], row["label"], row["standing"]) == ("officer", LABEL, "fine")
    inside.guess_until("USER_PIN_FINAL_TRY")
    (row,) = inside.rows("token", "list")
    assert (row["standing"], row["tries_left"]) == ("final", 1)
    inside.guess_until("USER_PIN_LOCKED")
    (row,) = inside.rows("token", "list")
    assert (row["standing"], row["tries_left"]) == ("locked", 0)
    played = dialogue.play("token", "pin", answers={})
    assert (played.end["code"], played.questions()) == ("pin-locked", [])

    secrets = iter(["00000000", SO_PIN])
    played = dialogue.play(
        "token", "unlock", answers={"token_puk": lambda _: next(secrets), "new_token_pin": "11223344"}
    )
    assert played.end["done"] == "token_unlock", played.end
    assert played.questions("token_puk")[1]["error"]["facts"]["rule"] == "puk"
    assert played.questions("token_puk")[1]["error"]["title"] == "解鎖碼錯誤"
    (row,) = inside.rows("token", "list")
    assert row["standing"] in ("fine", "low")
    played = dialogue.play("token", "pin", answers={"token_pin": "11223344", "new_token_pin": PIN})
    assert played.end["done"] == "token_pin", played.end
