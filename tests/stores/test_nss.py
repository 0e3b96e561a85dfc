"""Reading databases made by NSS's own tools: whole, without a password, whatever a browser does meanwhile."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.store import Reading, Store, Unread
from certtray.stores.nss import read_store
from tests.makers import ALICE, BRUNO, Party, authority, holder, nss_database, run_tool, spare_key
from tests.patience import SECONDS

ALICES, BRUNOS = holder(ALICE), holder(BRUNO, key=spare_key(2), serial=7)

_DIE_WRITING = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE nssPublic SET a11 = x'00', a3 = zeroblob(200000)")
os._exit(9)
"""


def read(folder: Path) -> Reading:
    return read_store(Store("nss", "Firefox", "test", folder))


def keys(folder: Path) -> dict[bytes, bool]:
    """What a database that can be read holds: DER, and whether its key is there."""
    reading = read(folder)
    assert reading.reason is None
    return {held.der: held.has_key for held in reading.held}


def with_authorities(*parties: Party) -> dict[bytes, bool]:
    """What must be found: each of ``parties`` with its key, the two authorities without."""
    above = (authority().certificate, *authority().chain)
    return {party.der: True for party in parties} | {each.public_bytes(Encoding.DER): False for each in above}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two holders, made once."""
    return nss_database(tmp_path_factory.mktemp("nss") / "made", [ALICES, BRUNOS])


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil, at a path that a URI must escape."""
    return Path(shutil.copytree(made, tmp_path / "a b%23?#憑證"))


def test_certificates_nicknames_and_keys(folder: Path) -> None:
    assert keys(folder) == with_authorities(ALICES, BRUNOS)
    nicknames = {held.der: held.nickname for held in read(folder).held}
    listed = run_tool("certutil", "-L", "-d", f"sql:{folder}").decode()
    assert nicknames[ALICES.der] == "holder"
    assert all(nickname and nickname in listed for nickname in nicknames.values())


def test_reading_writes_nothing(folder: Path) -> None:
    def state() -> dict[str, tuple[bytes, int]]:
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}

    before = state()
    assert read(folder).held
    assert state() == before


def test_a_primary_password_is_not_needed(tmp_path: Path) -> None:
    folder = nss_database(tmp_path / "db", [ALICES], primary_password="primary-密碼")
    assert keys(folder) == with_authorities(ALICES)


def test_a_certificate_without_its_key_and_one_renewed_with_the_same_key(tmp_path: Path, folder: Path) -> None:
    renewed = holder(ALICE, serial=8)
    stranger = holder(BRUNO, key=spare_key(3), serial=9)
    for number, party in enumerate((renewed, stranger)):
        (tmp_path / "in.pem").write_bytes(party.certificate_pem)
        run_tool(
            "certutil", "-A", "-d", f"sql:{folder}", "-n", f"n{number}", "-t", ",,", "-a", "-i", tmp_path / "in.pem"
        )
    assert keys(folder) == with_authorities(ALICES, BRUNOS, renewed) | {stranger.der: False}


def test_without_key4_no_certificate_has_its_key(folder: Path) -> None:
    (folder / "key4.db").unlink()
    assert keys(folder) == dict.fromkeys(with_authorities(ALICES, BRUNOS), False)


def test_an_empty_id_is_nobody_s_key(folder: Path) -> None:
    for name, table in (("cert9.db", "nssPublic"), ("key4.db", "nssPrivate")):
        with closing(sqlite3.connect(folder / name, isolation_level=None)) as database:
            database.execute(f"UPDATE {table} SET a102 = x'a5005a'")  # noqa: S608  # a constant
    assert set(keys(folder).values()) == {False}


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def _no_database(folder: Path) -> None:
    (folder / "cert9.db").unlink()


def _cut(folder: Path) -> None:
    path = folder / "cert9.db"
    path.write_bytes(path.read_bytes()[:5000])


def _other_bytes(folder: Path) -> None:
    (folder / "cert9.db").write_bytes(b"no database at all" * 1000)


def _empty(folder: Path) -> None:
    (folder / "cert9.db").write_bytes(b"")


def _keys_damaged(folder: Path) -> None:
    (folder / "key4.db").write_bytes(b"no database at all" * 1000)


def _a_folder(folder: Path) -> None:
    (folder / "cert9.db").unlink()
    (folder / "cert9.db").mkdir()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_no_folder, Unread.NO_DATABASE),
        (_no_database, Unread.NO_DATABASE),
        (_cut, Unread.DAMAGED),
        (_other_bytes, Unread.DAMAGED),
        (_empty, Unread.DAMAGED),
        (_keys_damaged, Unread.DAMAGED),
        (_a_folder, Unread.NO_ACCESS),
    ],
)
def test_what_cannot_be_read_has_a_reason(folder: Path, spoil: Callable[[Path], None], reason: Unread) -> None:
    spoil(folder)
    assert read(folder) == Reading(reason=reason)


def test_a_read_only_database_is_read(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o400)
    folder.chmod(0o500)
    assert keys(folder) == with_authorities(ALICES, BRUNOS)


@pytest.mark.parametrize("name", ["cert9.db", "key4.db"])
def test_a_writer_that_holds_it_is_waited_for_only_shortly(folder: Path, name: str) -> None:
    with closing(sqlite3.connect(folder / name, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert read(folder) == Reading(reason=Unread.LOCKED)
        writer.execute("ROLLBACK")
        assert keys(folder) == with_authorities(ALICES, BRUNOS)
        writer.execute("BEGIN IMMEDIATE")  # one that only prepares to write does not disturb
        assert keys(folder) == with_authorities(ALICES, BRUNOS)


def test_after_a_writer_died_the_last_whole_state_is_read_and_nothing_mended(folder: Path) -> None:
    died = subprocess.run([sys.executable, "-c", _DIE_WRITING, folder / "cert9.db"], check=False, timeout=SECONDS)
    assert died.returncode == 9
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(before["cert9.db-journal"]) > 512, "the rig must leave a hot journal"
    assert keys(folder) == with_authorities(ALICES, BRUNOS)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_reading_while_nss_writes_sees_only_whole_states(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.pem").write_bytes(holder(BRUNO, key=spare_key(3), serial=9).certificate_pem)
    script = (
        'for round in 1 2 3 4 5 6 7 8 9 10; do certutil -A -d "sql:$0" -n extra -t ,, -a -i "$1" || exit 1;'
        ' certutil -D -d "sql:$0" -n extra || exit 1; done'
    )
    writer = subprocess.Popen(["sh", "-c", script, folder, tmp_path / "in.pem"])
    sizes, locked = set(), 0
    while writer.poll() is None:
        reading = read(folder)
        if reading.reason is None:
            sizes.add(len(reading.held))
        else:
            assert reading.reason is Unread.LOCKED
            locked += 1
    assert writer.returncode == 0
    assert sizes == {4, 5}
    assert run_tool("certutil", "-L", "-d", f"sql:{folder}").count(b"u,u,u") == 2
