"""The entry that starts the tray at login, read by a desktop's own library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from certtray.core.errors import WriteFailed
from certtray.system.autostart import autostart_file, start_at_login, starts_at_login
from tests.patience import SECONDS
from tests.tray.rig import until


@pytest.mark.parametrize("name", ["plain", 'odd "u" $HOME `id` \\ 資料夾'])
def test_a_desktop_starts_the_very_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    program = tmp_path / name / "certtray"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nprintf %s "$*" > "{tmp_path}/said.part" && mv "{tmp_path}/said.part" "{tmp_path}/said"\n'
    )
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert not starts_at_login()
    start_at_login(True)
    assert starts_at_login()
    subprocess.run(["gio", "launch", str(autostart_file())], check=True, timeout=SECONDS)
    until((tmp_path / "said").is_file, "the program ran")
    assert (tmp_path / "said").read_text() == "run"
    start_at_login(False)
    start_at_login(False)
    assert not starts_at_login()
    assert list(autostart_file().parent.iterdir()) == []


def test_what_cannot_be_taken_away_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    autostart_file().mkdir(parents=True)
    for wanted in (True, False):
        with pytest.raises(WriteFailed):
            start_at_login(wanted)
