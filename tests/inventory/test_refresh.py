"""Scanning real files: read once, remembered by content, forgotten only when really gone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certtray.core.secret import Secret
from certtray.crypto.der import facts
from certtray.inventory.db import Inventory
from certtray.inventory.reading import LARGEST
from certtray.inventory.refresh import Refreshed, refresh
from certtray.stores.folders import Found
from tests.inventory.files import PASSWORD, CountingReader, age, make_pfx, walk

PASSWORDS = (Secret("not this one"), Secret(PASSWORD))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ekey"
    folder.mkdir()
    return folder


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    with Inventory.open(tmp_path / "state" / "inventory.sqlite") as inventory:
        yield inventory


@pytest.fixture
def read() -> CountingReader:
    return CountingReader()


def scan(inventory: Inventory, read: CountingReader, *folders: Path, passwords: tuple[Secret, ...] = ()) -> Refreshed:
    read.paths.clear()
    return refresh(inventory, walk(*folders), read, datetime.now(UTC), passwords)


def paths(inventory: Inventory) -> list[str]:
    return [location.path for entry in inventory.entries() for location in entry.locations]


def test_unchanged_files_are_not_read_again(inventory: Inventory, read: CountingReader, folder: Path) -> None:
    pfx = age(make_pfx(folder / "a.pfx"))
    first = scan(inventory, read, folder, passwords=PASSWORDS)
    assert first.changes.added == (str(pfx),)
    (entry,) = inventory.entries()
    assert entry.has_key
    assert entry.certificate.subject_cn == "A123456789-00-00::PCC005"
    assert entry.locations[0].path == str(pfx)
    again = scan(inventory, read, folder, passwords=PASSWORDS)
    assert (again.met, again.read, read.paths) == (1, 0, [])


def test_a_file_written_just_now_is_read_once_more(inventory: Inventory, read: CountingReader, folder: Path) -> None:
    pfx = make_pfx(folder / "a.pfx")
    scan(inventory, read, folder)
    # Same size, same time: only the content tells.
    before = pfx.stat()
    pfx.write_bytes(b"\x30" + bytes(before.st_size - 1))
    os.utime(pfx, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert scan(inventory, read, folder).changes.changed == (str(pfx),)


def test_a_locked_file_once_opened_is_known_from_then_on(
    inventory: Inventory, read: CountingReader, folder: Path
) -> None:
    pfx = age(make_pfx(folder / "a.pfx"))
    scan(inventory, read, folder)
    (bad,) = inventory.bad_files()
    assert (bad.path, bad.problem.code) == (str(pfx), "locked")
    assert "AES-256" in str(bad.problem.facts["encryption"])
    assert inventory.entries() == []
    scan(inventory, read, folder, passwords=PASSWORDS)  # unchanged, but now there is something to try
    assert inventory.bad_files() == []
    (entry,) = inventory.entries()
    # Any copy of it, without the password, and without reading it again.
    copy = age(Path(shutil.copy(pfx, folder / "copy.p12")))
    scan(inventory, read, folder)
    assert read.paths == []
    assert [location.path for location in inventory.entries()[0].locations] == [str(pfx), str(copy)]
    # A file that took its place is locked again.
    make_pfx(pfx, cn="U139514691-00")
    assert scan(inventory, read, folder).changes.changed == (str(pfx),)
    assert [bad.path for bad in inventory.bad_files()] == [str(pfx)]
    assert inventory.der(entry.certificate.fingerprint) is not None


def test_remember_what_somebody_else_opened(inventory: Inventory, read: CountingReader, folder: Path) -> None:
    import hashlib

    pfx = age(make_pfx(folder / "a.pfx"))
    scan(inventory, read, folder)
    content = read(pfx.read_bytes(), str(pfx), PASSWORDS)
    inventory.remember(hashlib.sha256(pfx.read_bytes()).hexdigest(), content)
    assert inventory.bad_files() == []
    (entry,) = inventory.entries()
    assert entry.certificate == content.holdings[0].certificate
    assert inventory.der(entry.certificate.fingerprint) == content.holdings[0].der


def test_wrong_passwords_are_tried_again_only_with_passwords(
    inventory: Inventory, read: CountingReader, folder: Path
) -> None:
    age(make_pfx(folder / "a.pfx"))
    scan(inventory, read, folder, passwords=PASSWORDS[:1])
    assert [bad.problem.code for bad in inventory.bad_files()] == ["wrong-password"]
    assert scan(inventory, read, folder).read == 0
    assert scan(inventory, read, folder, passwords=PASSWORDS).read == 1
    assert inventory.bad_files() == []


def test_bad_files_stop_nothing(inventory: Inventory, read: CountingReader, folder: Path) -> None:
    (folder / "a.pfx").write_bytes(b"crash")
    (folder / "b.pfx").write_bytes(b"not at all")
    with (folder / "c.pfx").open("wb") as huge:
        huge.truncate(LARGEST + 1)
    os.mkfifo(folder / "d.pfx")
    (folder / "e.pfx").symlink_to(folder / "gone")
    good = make_pfx(folder / "z.pfx")
    found = [Found(str(path), 1, 1, 1, 1) for path in sorted(folder.iterdir())]
    refresh(inventory, found, read, datetime.now(UTC), PASSWORDS)
    assert [(Path(bad.path).name, bad.problem.code) for bad in inventory.bad_files()] == [
        ("a.pfx", "damaged"),
        ("b.pfx", "not-a-certificate-file"),
        ("c.pfx", "file-too-large"),
        ("d.pfx", "file-unreadable"),
        ("e.pfx", "file-unreadable"),
    ]
    assert paths(inventory) == [str(good)]


def test_a_name_that_is_no_text(inventory: Inventory, read: CountingReader, folder: Path) -> None:
    odd = os.fsdecode(os.fsencode(folder) + b"/\xb0\xea.pfx")  # Big5, as old tools leave it
    age(make_pfx(folder / "a.pfx")).rename(odd)
    scan(inventory, read, folder, passwords=PASSWORDS)
    assert paths(inventory) == [odd]
    assert scan(inventory, read, folder).read == 0
    Path(odd).unlink()
    assert scan(inventory, read, folder).changes.vanished == (odd,)
    assert paths(inventory) == []


def test_gone_files_are_forgotten(inventory: Inventory, read: CountingReader, folder: Path) -> None:
    pfx, other = age(make_pfx(folder / "a.pfx")), age(make_pfx(folder / "b.pfx"))
    scan(inventory, read, folder, passwords=PASSWORDS)
    pfx.unlink()
    assert scan(inventory, read, folder).changes.vanished == (str(pfx),)
    assert paths(inventory) == [str(other)]
    shutil.rmtree(folder)
    assert scan(inventory, read).changes.vanished == (str(other),)


def test_a_folder_not_walked_this_time_keeps_its_files(
    inventory: Inventory, read: CountingReader, folder: Path
) -> None:
    pfx = age(make_pfx(folder / "a.pfx"))
    scan(inventory, read, folder, passwords=PASSWORDS)
    assert scan(inventory, read).changes.vanished == ()
    assert paths(inventory) == [str(pfx)]
    make_pfx(pfx, cn="U139514691-00")  # and changes in it are still seen
    assert scan(inventory, read, passwords=PASSWORDS).changes.changed == (str(pfx),)
    assert inventory.entries()[0].certificate.subject_cn == "U139514691-00"


def test_a_drive_that_is_away_keeps_its_files(inventory: Inventory, read: CountingReader, folder: Path) -> None:
    """The folder above belongs to another device than the file did."""
    pfx = age(make_pfx(folder / "a.pfx"))
    there = pfx.stat()
    found = Found(str(pfx), there.st_size, there.st_mtime_ns, there.st_ino, there.st_dev + 1)
    refresh(inventory, [found], read, datetime.now(UTC), PASSWORDS)
    pfx.unlink()
    assert scan(inventory, read, folder).changes.vanished == ()
    assert paths(inventory) == [str(pfx)]


def test_a_listing_without_devices(inventory: Inventory, read: CountingReader, folder: Path) -> None:
    """As on Windows."""
    pfx, other = age(make_pfx(folder / "a.pfx")), age(make_pfx(folder / "b.pfx"))
    found = [Found(each.path, each.size, each.mtime_ns, 0, 0) for each in walk(folder)]
    refresh(inventory, found, read, datetime.now(UTC), PASSWORDS)
    read.paths.clear()
    refresh(inventory, [], read, datetime.now(UTC))
    assert read.paths == []
    pfx.unlink()
    assert refresh(inventory, [], read, datetime.now(UTC)).changes.vanished == (str(pfx),)
    assert paths(inventory) == [str(other)]


def test_a_folder_that_cannot_be_entered_keeps_its_files(
    inventory: Inventory, read: CountingReader, folder: Path
) -> None:
    pfx = age(make_pfx(folder / "a.pfx"))
    scan(inventory, read, folder, passwords=PASSWORDS)
    pfx.unlink()
    folder.chmod(0)
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)  # root may enter any folder
    try:
        assert scan(inventory, read).changes.vanished == ()
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
    assert paths(inventory) == [str(pfx)]
    assert scan(inventory, read).changes.vanished == (str(pfx),)


def test_a_scan_that_is_killed_keeps_what_it_had(inventory: Inventory, read: CountingReader, folder: Path) -> None:
    class Killed(BaseException):
        pass

    def first_batch_then_killed() -> Iterator[Found]:
        for number in range(250):
            path = folder / f"{number:03}.pfx"
            path.write_bytes(b"not at all")
            yield Found(str(path), 10, 1, number, 1)
            if number == 220:
                raise Killed

    with pytest.raises(Killed):
        refresh(inventory, first_batch_then_killed(), read, datetime.now(UTC))
    assert len(inventory.bad_files()) == 200


def test_facts_survive_the_database(inventory: Inventory, read: CountingReader, folder: Path) -> None:

    make_pfx(folder / "a.pfx", cn="王小明 A123456789-00")
    scan(inventory, read, folder, passwords=PASSWORDS)
    (entry,) = inventory.entries()
    der = inventory.der(entry.certificate.fingerprint)
    assert der is not None
    assert entry.certificate == facts(der)
