"""The database file itself: private, shared by processes, rebuilt when damaged, honest when the disk is full."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray.core.errors import InventoryUnusable, WriteFailed
from certtray.core.levels import Told
from certtray.crypto.content import FileContent, Holding
from certtray.inventory.db import Inventory
from certtray.inventory.model import READ_AGAIN, Observation, Problem, Stamp
from tests.core.samples import make
from tests.patience import SECONDS

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
STAMP = Stamp(2600, 1_700_000_000_000_000_000, 77, 5)


def seen(path: str, sha256: str = "aa", cn: str = "A123456789", stamp: Stamp = STAMP) -> Observation:
    return Observation(path, stamp, sha256, FileContent("pfx", (Holding(make(cn), b"der of " + cn.encode(), True),)))


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "inventory.sqlite"
    path.parent.mkdir()
    path.touch(0o644)
    with Inventory.open(path) as inventory:
        inventory.merge([seen("/a.pfx")])
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("inventory.sqlite", "inventory.sqlite-wal", "inventory.sqlite-shm"), 0o600)


COUNT = """
import pathlib, sys
from certtray.inventory.db import Inventory
with Inventory.open(pathlib.Path(sys.argv[1])) as inventory:
    print(len(inventory.entries()))
"""


def test_what_was_merged_is_there_for_the_next_process(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "i") as inventory:
        changes = inventory.merge([seen("/a.pfx"), seen("/b.pfx"), seen("/c.pfx", "cc", "U139514691")])
        assert changes.added == ("/a.pfx", "/b.pfx", "/c.pfx")
    with Inventory.open(tmp_path / "i") as inventory:
        one, other = inventory.entries()
        assert {one.certificate, other.certificate} == {make("A123456789"), make("U139514691")}
        assert sorted(len(entry.locations) for entry in (one, other)) == [1, 2]
        assert inventory.known(retry_locked=False) == {path: (path, *STAMP) for path in ("/a.pfx", "/b.pfx", "/c.pfx")}


def test_a_new_reading_of_the_same_bytes_replaces_the_old(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "i") as inventory:
        inventory.merge([seen("/a.pfx", "aa", "A123456789")])
        inventory.remember("aa", FileContent("pfx", (Holding(make("F246061918"), b"x", False),)))
        (entry,) = inventory.entries()
        assert entry.certificate == make("F246061918")
        assert not entry.has_key


def test_odd_certificates(tmp_path: Path) -> None:
    odd = make(
        "\udcff'; DROP TABLE files; --", serial=-(2**159), not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    )
    old = make(
        "before 1970", serial=0, not_before=datetime(1, 1, 1, tzinfo=UTC), not_after=datetime(1950, 1, 1, tzinfo=UTC)
    )
    with Inventory.open(tmp_path / "i") as inventory:
        held = (Holding(odd, b"1", False), Holding(old, b"2", True), Holding(odd, b"1", True))
        inventory.merge([Observation("/odd", STAMP, "00", FileContent("pem", held))])
        assert [entry.certificate for entry in inventory.entries()] == [old, odd]
        assert [entry.has_key for entry in inventory.entries()] == [True, True]


def test_huge_inodes_are_read_again_rather_than_refused(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "i") as inventory:
        huge = STAMP._replace(inode=2**127 + 5)
        inventory.merge([seen("/refs.pfx", stamp=huge)])
        assert inventory.known(retry_locked=False)["/refs.pfx"] != ("/refs.pfx", *huge)


def test_locked_and_unreadable_files_are_worth_another_try(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "i") as inventory:
        inventory.merge(
            Observation(f"/{code}", STAMP, None, problem=Problem(code, {"reason": "x"}))
            for code in ("locked", "wrong-password", "file-unreadable", "damaged")
        )
        for retry_locked, again in (
            (False, {"/file-unreadable"}),
            (True, {"/locked", "/wrong-password", "/file-unreadable"}),
        ):
            known = inventory.known(retry_locked)
            assert {path for path, stamp in known.items() if stamp[1] == READ_AGAIN} == again


def test_told_and_standing(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "i") as inventory:
        inventory.journal.tell([("f1", 30), ("f2", 7)], [], NOW)
        inventory.journal.tell([("f1", 14)], ["f2"], NOW + timedelta(days=16))
    with Inventory.open(tmp_path / "i") as inventory:
        journal = inventory.journal
        assert journal.standing() == {"f1"}
        assert {name: set(each) for name, each in journal.told().items()} == {
            "f1": {Told(30, NOW), Told(14, NOW + timedelta(days=16))},
            "f2": {Told(7, NOW)},
        }


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be taken for one" * 40, b"SQLite format 3\0" * 100]
)
def test_a_damaged_file_is_put_aside_and_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "i"
    path.write_bytes(content)
    with Inventory.open(path) as inventory:
        inventory.merge([seen("/a.pfx")])
    assert (tmp_path / "i.damaged").read_bytes() == content
    with Inventory.open(path) as inventory:
        assert len(inventory.entries()) == 1


def test_damage_inside_is_named(tmp_path: Path) -> None:
    path = tmp_path / "i"
    with Inventory.open(path) as inventory:
        inventory.merge(seen(f"/{number}.pfx", f"{number:02}", f"A123456789-00-{number:04}") for number in range(200))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with Inventory.open(path) as inventory, pytest.raises(InventoryUnusable) as caught:
        inventory.entries()
    assert caught.value.facts["path"] == str(path)


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "i"
    Inventory.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(InventoryUnusable):
        Inventory.open(path)
    assert not (tmp_path / "i.damaged").exists()


def test_a_path_that_cannot_be_a_database(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "i"):
        with pytest.raises(InventoryUnusable):
            Inventory.open(path)


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "i") as inventory:
        inventory.merge([seen("/a.pfx")])
        inventory._connection.execute("PRAGMA max_page_count = 1")  # SQLite's own way to be out of space
        with pytest.raises(WriteFailed) as caught:
            inventory.merge(
                seen(f"/{number}.pfx", f"{number:02}", f"A123456789-00-{number:04}") for number in range(500)
            )
        assert caught.value.facts["path"] == str(tmp_path / "i")
        assert [location.path for location in inventory.entries()[0].locations] == ["/a.pfx"]


def test_a_failing_merge_changes_nothing(tmp_path: Path) -> None:
    def breaks() -> object:
        yield seen("/a.pfx")
        raise KeyError("somewhere in between")

    with Inventory.open(tmp_path / "i") as inventory:
        with pytest.raises(KeyError):
            inventory.merge(breaks())  # type: ignore[arg-type]
        assert inventory.entries() == []
        inventory.merge([seen("/b.pfx")])


WRITER = """
import sys
from pathlib import Path
from certtray.inventory.db import Inventory
from tests.inventory.test_database import NOW, seen
who = sys.argv[2]
for number in range(25):
    with Inventory.open(Path(sys.argv[1])) as inventory:
        inventory.merge([seen(f"/{who}-{number}.pfx", f"{who}{number}", f"A123456789-{who}-{number:02}")])
        inventory.journal.tell([(who, number)], [], NOW)
        inventory.entries()
"""


@pytest.mark.parametrize("start", ["fresh", "damaged"])
def test_several_processes_at_once(tmp_path: Path, start: str) -> None:
    path = tmp_path / "i"
    if start == "damaged":
        path.write_bytes(b"garbage " * 1000)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), f"0{number}"], stderr=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=SECONDS)
        assert writer.returncode == 0, errors
    with Inventory.open(path) as inventory:
        assert len(inventory.entries()) == 100
        assert {name: len(each) for name, each in inventory.journal.told().items()} == {f"0{n}": 25 for n in range(4)}


def test_listing_needs_nothing_heavy(tmp_path: Path) -> None:
    with Inventory.open(tmp_path / "i") as inventory:
        inventory.merge([seen("/a.pfx")])
    code = (
        "import json, sys; from pathlib import Path; from certtray.inventory.db import Inventory\n"
        "import certtray.core.states, certtray.core.newest, certtray.rules.profiles, certtray.watch.due\n"
        "print(len(Inventory.open(Path(sys.argv[1])).entries()), json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "i")], capture_output=True, text=True, check=True)
    count, modules = done.stdout.split(" ", 1)
    assert count == "1"
    heavy = {
        "cryptography",
        "asn1crypto",
        "Crypto",
        "httpx",
        "keyring",
        "apscheduler",
        "filelock",
        "asyncio",
        "certtray.stores",
    }
    assert heavy & set(json.loads(modules)) == set()


def test_a_second_connection_does_not_cost_the_first_its_locks(tmp_path: Path) -> None:
    """As in the window, which has two: what is written after another process came and went must be seen by all."""
    path = tmp_path / "i"
    count = [sys.executable, "-c", COUNT, str(path)]
    with Inventory.open(path) as first, Inventory.open(path) as second:
        assert second.entries() == []
        assert subprocess.run(count, capture_output=True, text=True, check=True).stdout == "0\n"
        first.merge([seen("/a.pfx", "aa", "A123456789")])
        assert subprocess.run(count, capture_output=True, text=True, check=True).stdout == "1\n"


def test_a_database_of_the_version_before_keeps_what_it_knows(tmp_path: Path) -> None:
    path = tmp_path / "i"
    with Inventory.open(path) as inventory:
        inventory.merge([seen("/a.pfx")])
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for table in ("stores", "store_holdings", "drifts", "tokens", "token_holdings"):
            database.execute(f"DROP TABLE {table}")
        database.execute("PRAGMA user_version = 4")
    with Inventory.open(path) as inventory:
        assert [location.path for location in inventory.entries()[0].locations] == ["/a.pfx"]
        assert inventory.stores.all() == []
        assert inventory.journal.drifts() == {}
