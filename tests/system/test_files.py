"""Atomic writes on real, full and read-only disks."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from certtray.core.errors import FileMissing, FileTooLarge, FileUnreadable, WriteFailed
from certtray.system.files import UNFINISHED, read_limited, remove_unfinished, write_atomic
from certtray.system.locks import alone

ON_A_DISK_OF_ITS_OWN = """
mount -t tmpfs -o size=64k,mode=700 none "$1"
cp "$2" "$1/kept" && [ -z "$3" ] || mount -o remount,ro "$1"
exec "$4" -c "$5" "$1"
"""
WRITE_TOO_MUCH = """
import pathlib, sys
from certtray.core.errors import WriteFailed
from certtray.system.files import write_atomic
folder = pathlib.Path(sys.argv[1])
try:
    write_atomic(folder / "kept", b"x" * 200_000)
except WriteFailed as error:
    print(error.facts["reason"], (folder / "kept").read_bytes(), [p.name for p in folder.iterdir()])
"""


def disk_of_its_own(tmp_path: Path, program: str, *, read_only: bool) -> str:
    """Run ``program`` on a 64 KiB file system, read-only or not, in a mount namespace of its own."""
    folder, kept = tmp_path / "disk", tmp_path / "kept"
    folder.mkdir()
    kept.write_bytes(b"old")
    flags = "-m" if os.geteuid() == 0 else "-Urm"
    arguments = [folder, kept, "ro" if read_only else "", sys.executable, program]
    done = subprocess.run(
        ["unshare", flags, "sh", "-ec", ON_A_DISK_OF_ITS_OWN, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    assert disk_of_its_own(tmp_path, WRITE_TOO_MUCH, read_only=False) == "No space left on device b'old' ['kept']"


def test_read_only_disk_keeps_the_old_file(tmp_path: Path) -> None:
    assert disk_of_its_own(tmp_path, WRITE_TOO_MUCH, read_only=True) == "Read-only file system b'old' ['kept']"


def test_writes_for_the_user_alone_and_leaves_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteFailed) as caught:
        write_atomic(tmp_path / "file" / "below", b"x")
    assert caught.value.facts["path"] == str(tmp_path / "file" / "below")


def test_reading_has_limits(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(FileMissing):
        read_limited(path)
    path.write_bytes(b"12345")
    assert read_limited(path, 5) == b"12345"
    with pytest.raises(FileTooLarge) as caught:
        read_limited(path, 4)
    assert caught.value.facts["size"] == 5
    with pytest.raises(FileUnreadable):
        read_limited(tmp_path)


def test_what_a_crash_left_beside_a_file_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "Sino[pac].pfx"
    write_atomic(path, b"mine")
    left = path.with_name(f".{path.name}.abcd1234{UNFINISHED}")
    others = [tmp_path / name for name in (f".{path.name}.bak", f".S.abcd1234{UNFINISHED}", f"Sinop.pfx{UNFINISHED}")]
    for each in (left, *others):
        each.write_bytes(b"x")
    remove_unfinished(path)
    assert sorted(tmp_path.iterdir()) == sorted([path, *others])


def test_a_lock_that_cannot_be_made_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteFailed) as caught, alone(tmp_path / "file" / ".lock", "test"):
        pass
    assert caught.value.facts["path"] == str(tmp_path / "file" / ".lock")
