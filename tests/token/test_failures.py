"""Modules that fail or cannot be loaded, rows of one's own, and workers that end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from certtray.core.errors import (
    CertTrayError,
    PinUnclear,
    TokenModuleFailed,
)
from certtray.core.secret import Secret
from certtray.token import client, logged_in
from certtray.token.cryptoki import Cryptoki, CryptokiError
from certtray.token.modules import Module, Unblock, foreign_bits, modules
from certtray_sandbox.cards.failing import Function, failing_module
from tests import makers
from tests.token.conftest import SOFT_PIN, only, worker

NEW = Secret("654321")


@pytest.mark.parametrize(
    ("function", "crashes", "rule"),
    [
        (Function.INITIALIZE, True, "crash"),
        (Function.INITIALIZE, False, "hang"),
        (Function.LOGIN, True, "crash"),
        (Function.SIGN, False, "hang"),
        (Function.SET_PIN, True, "crash"),
        (Function.SET_PIN, False, "hang"),
    ],
)
def test_a_failing_module_hurts_nobody(
    soft: makers.Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: Function, crashes: bool, rule: str
) -> None:
    if not crashes:
        late = "LOAD_SECONDS" if function is Function.INITIALIZE else "USE_SECONDS"
        for module in (client, logged_in):
            monkeypatch.setattr(module, late, 1.0, raising=False)
    path = failing_module(tmp_path / "module", function, crashes=crashes)
    failing = Module("failing", "Failing", (path,), Unblock.SO)
    with pytest.raises(CertTrayError) as failed, worker(failing, tmp_path) as running:
        token = only(running)
        if function is Function.SET_PIN:
            running.set_pin(token, SOFT_PIN, NEW)
        with running.login(token, SOFT_PIN) as card:
            card.sign("01", b"x")
    if function is Function.SET_PIN:
        assert isinstance(failed.value, PinUnclear)
    else:
        assert isinstance(failed.value, TokenModuleFailed)
        assert failed.value.facts["rule"] == rule


def test_modules_that_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("no library")
    (tmp_path / "foreign.so").write_bytes(b"\x7fELF\x01\x01\x01" + bytes(9) + b"\x03\x00\x03\x00" + bytes(200))
    cases = {"text.so": "not_loadable", "foreign.so": "bitness", "none.so": "missing"}
    for name, rule in cases.items():
        with pytest.raises(TokenModuleFailed) as failed:
            worker(Module("x", "X", (tmp_path / name,), Unblock.NONE), tmp_path)
        assert failed.value.facts["rule"] == rule
    assert foreign_bits(tmp_path / "foreign.so") == 32


def test_a_row_of_ones_own_replaces_ours(tmp_path: Path) -> None:
    own = tmp_path / "modules.toml"
    own.write_text('[[module]]\nid = "softhsm"\nname = "Mine"\nunblock = "none"\nlinux = ["/opt/mine.so"]\n', "utf-8")
    first, *rest = modules(own)
    assert (first.name, first.path) == ("Mine", None)
    assert "softhsm" not in {module.id for module in rest}
    own.write_text('[[module]]\nid = "x"\nname = "Mine"\nunblock = "magic"\n', "utf-8")
    with pytest.raises(CertTrayError) as bad:
        modules(own)
    assert str(own) in str(bad.value.facts["path"]) and bad.value.facts["key"] == "module[0].unblock"


class Filling(Cryptoki):
    """A module whose second card is put in once the first has been counted."""

    def __init__(self) -> None:
        pass

    def _call(self, *given: Any) -> None:
        _, _, slots, count = given
        if slots is None:
            count._obj.value = 1
            return
        if count._obj.value < 2:
            raise CryptokiError(0x150)
        slots[:2], count._obj.value = (7, 8), 2


def test_a_card_put_in_between_counting_and_listing() -> None:
    assert Filling().slots() == [7, 8]


def test_no_worker_is_left(soft: makers.Party, tmp_path: Path) -> None:
    before = set(Path("/proc").iterdir())
    with worker("softhsm", tmp_path) as running:
        running.tokens()
        ours = [process for process in set(Path("/proc").iterdir()) - before if _is_worker(process)]
        assert len(ours) == 1
    assert not ours[0].exists()


def _is_worker(process: Path) -> bool:
    try:
        parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        return b"\0_token" in (process / "cmdline").read_bytes() and parent == os.getpid()
    except OSError:  # no process, or gone already
        return False
