"""Writing into NSS databases when something is in the way: held, read-only, damaged, full, its writer killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from certtray.core.errors import StoreBusy, StoreDamaged, StoreNoAccess
from certtray.core.store import Store
from certtray.stores.nss import key_ids
from certtray.stores.nss_write import NssAdapter
from tests.forked import ROOT
from tests.makers import BRUNO, holder, spare_key
from tests.stores.kinds import fingerprint
from tests.stores.nss_rig import ALICES, BRUNOS, put, request, start
from tests.stores.whole import assert_whole, held_by_another, orphans, written_for_long


@pytest.mark.parametrize("name", ["cert9.db", "key4.db"])
def test_a_database_another_program_holds_is_waited_for_and_then_named(nss_store: Store, name: str) -> None:
    with held_by_another(nss_store.folder / name), pytest.raises(StoreBusy):
        put(nss_store)
    assert BRUNOS.der not in assert_whole(nss_store.folder)
    put(nss_store)
    assert assert_whole(nss_store.folder)[BRUNOS.der]


def test_who_writes_on_and_on_is_waited_for_longer(nss_store: Store) -> None:
    with written_for_long(nss_store.folder):
        put(nss_store)
    assert assert_whole(nss_store.folder)[BRUNOS.der]


def test_two_of_us_wait_for_each_other(nss_store: Store) -> None:
    parties = [holder(BRUNO, key=spare_key(20 + number), serial=100 + number) for number in range(6)]
    with ExitStack() as stack:
        children = [stack.enter_context(start(request(nss_store, party))) for party in parties]
        answers = [child.stdout.read() for child in children if child.stdout]
    assert [json.loads(answer) for answer in answers] == [{"done": None}] * 6
    held = assert_whole(nss_store.folder)
    assert all(held[party.der] for party in parties)


@pytest.mark.parametrize("name", ["cert9.db", "key4.db"])
@pytest.mark.parametrize("spoilt", [b"no database at all" * 1000, b""])
def test_a_damaged_database_is_named_and_left_alone(nss_store: Store, name: str, spoilt: bytes) -> None:
    (nss_store.folder / name).write_bytes(spoilt)
    before = {path.name: path.read_bytes() for path in nss_store.folder.iterdir()}
    with pytest.raises(StoreDamaged):
        put(nss_store)
    with pytest.raises(StoreDamaged):
        NssAdapter().state(nss_store)
    assert {path.name: path.read_bytes() for path in nss_store.folder.iterdir()} == before


def on_a_disk_of_its_own(case: str, folder: Path) -> int:
    flags = "-m" if os.geteuid() == 0 else "-Urm"
    done = subprocess.run(
        ["unshare", flags, sys.executable, "-m", "tests.stores.small_disk", case, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_full_disk(tmp_path: Path) -> None:
    assert on_a_disk_of_its_own("full", tmp_path) >= 2


def test_a_read_only_disk(tmp_path: Path) -> None:
    assert on_a_disk_of_its_own("read-only", tmp_path) == 1


@pytest.mark.parametrize("calls", range(5))
def test_killed_before_any_of_its_writes_it_is_completed_by_repeating(tmp_path: Path, calls: int) -> None:
    store = Store("nss", "Chromium", "", tmp_path / "db")
    killed = subprocess.run(
        [sys.executable, "-m", "tests.stores.killed_child", str(calls)], input=request(store), cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    if calls:
        assert not assert_whole(store.folder).get(BRUNOS.der), "killed before the last write"
    put(store)
    assert assert_whole(store.folder)[BRUNOS.der]
    assert (len(key_ids(store.folder)), orphans(store.folder)) == (1, 0)


@pytest.mark.parametrize("name", ["cert9.db", "key4.db"])
def test_killed_in_the_middle_of_a_transaction(nss_store: Store, name: str) -> None:
    """Killed when SQLite's journal appears: the next who opens the database rolls back, and repeating completes."""
    journal, caught = nss_store.folder / f"{name}-journal", 0
    for _ in range(6):
        with start(request(nss_store)) as child:
            while child.poll() is None:
                if journal.exists():
                    child.kill()
                    caught += 1
                    break
        held = assert_whole(nss_store.folder)
        assert held[ALICES.der]
        assert held.get(BRUNOS.der, True), "a certificate without its key"
        put(nss_store)
        assert assert_whole(nss_store.folder)[BRUNOS.der]
        NssAdapter().remove(nss_store, fingerprint(BRUNOS), None)
        assert BRUNOS.der not in assert_whole(nss_store.folder)
    assert caught >= 3
    assert orphans(nss_store.folder) == 0


_BROWSER = """
while [ ! -e "$0/../stop" ]; do
  certutil -A -d "sql:$0" -n extra -t ,, -a -i "$1" || echo refused
  certutil -D -d "sql:$0" -n extra || echo refused
  echo written
done
"""
"""NSS writes as a browser does that learns and forgets an authority all the time."""


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=pytest.mark.full)])
def test_beside_a_browser_that_writes_all_the_time(nss_store: Store, rounds: int, tmp_path: Path) -> None:
    (tmp_path / "in.pem").write_bytes(holder(BRUNO, key=spare_key(3), serial=9).certificate_pem)
    words = ["sh", "-c", _BROWSER, str(nss_store.folder), str(tmp_path / "in.pem")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as browser:
        assert browser.stdout and browser.stdout.readline() == "written\n"
        try:
            for _ in range(rounds):
                put(nss_store)
                NssAdapter().remove(nss_store, fingerprint(BRUNOS), None)
        finally:
            (tmp_path / "stop").touch()
        written = browser.stdout.read().count("written")
    assert written > rounds, "the browser wrote too"
    held = assert_whole(nss_store.folder)
    assert held[ALICES.der] and BRUNOS.der not in held
    assert orphans(nss_store.folder) == 0


def test_a_folder_that_may_not_be_written(nss_store: Store) -> None:
    nss_store.folder.chmod(0o500)
    store = Store("nss", "Chromium", "", Path("/proc/self/no/db")) if os.geteuid() == 0 else nss_store
    with pytest.raises(StoreNoAccess):
        put(store)
