from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notify.desk import Desk, desk

ADDRESSES = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "XDG_RUNTIME_DIR")


def step_onto(desktop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process is a program on that desktop."""
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)
    for name, value in desktop.environment.items():
        if name in ADDRESSES:
            monkeypatch.setenv(name, value)


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A screen and a session bus, and this test on them; no notification server yet."""
    with desk(tmp_path / "desk") as made:
        made.bus()
        made.screen()
        step_onto(made, monkeypatch)
        yield made
