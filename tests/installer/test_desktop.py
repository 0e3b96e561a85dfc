"""The user-level install: what it writes is what desktops read, and undoing it leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


def run(home: Path, *words: str) -> int:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [sys.executable, str(ROOT / "installer" / "desktop.py"), *words]
    return subprocess.run(command, env={**kept, "HOME": str(home)}, capture_output=True, check=False).returncode


def files(home: Path) -> set[str]:
    found = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    return {name for name in found if not name.endswith("mimeinfo.cache")}


def test_install_and_remove(tmp_path: Path) -> None:
    assert run(tmp_path, "install") == 0
    assert run(tmp_path, "autostart", "on") == 0
    entry = (tmp_path / ".local/share/applications/certtray.desktop").read_text("utf-8")
    assert "MimeType=x-scheme-handler/certtray;" in entry
    (line,) = [line for line in entry.splitlines() if line.startswith("Exec=")]
    program = Path(line.split('"')[1])
    assert program == Path(sys.executable).with_name("certtray")
    assert program.exists()
    for size in (16, 22, 24, 32, 48, 64):
        with Image.open(tmp_path / f".local/share/icons/hicolor/{size}x{size}/apps/certtray.png") as icon:
            assert icon.size == (size, size)
    assert "run\n" in (tmp_path / ".config/autostart/certtray.desktop").read_text("utf-8")
    assert len(files(tmp_path)) == 8
    assert run(tmp_path, "remove") == 0
    assert files(tmp_path) == set()


def test_start_at_login_can_be_switched_off_alone(tmp_path: Path) -> None:
    run(tmp_path, "install")
    before = files(tmp_path)
    run(tmp_path, "autostart", "on")
    run(tmp_path, "autostart", "off")
    assert files(tmp_path) == before


@pytest.mark.parametrize("words", [[], ["autostart"], ["autostart", "perhaps"], ["Install"]])
def test_nothing_known_changes_nothing(tmp_path: Path, words: list[str]) -> None:
    assert run(tmp_path, *words) == 64
    assert files(tmp_path) == set()
