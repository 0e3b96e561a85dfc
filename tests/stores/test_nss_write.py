"""Writing into NSS databases when something is in the way: held, read-only, damaged, full, its writer killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from certtray.core.errors import CertTrayError, StoreBusy, StoreDamaged, StoreNoAccess, StoreUnreachable
from certtray.core.store import Store
from certtray.stores import nss_write
from certtray.stores.base import Protection, State
from certtray.stores.nss import key_ids
from certtray.stores.nss_write import NssAdapter
from certtray.system.spawn import command
from tests.makers import ALICE, BRUNO, Party, holder, run_tool, spare_key
from tests.nursery import ROOT
from tests.stores.kinds import fingerprint, firefox_library, parcel
from tests.stores.whole import assert_whole, held_by_another, orphans

ALICES, BRUNOS = holder(ALICE), holder(BRUNO, key=spare_key(2), serial=7)
PLAIN = Protection()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one holder, made once."""
    folder = tmp_path_factory.mktemp("nss") / "made"
    NssAdapter().put(Store("nss", "Chromium", "", folder), parcel(ALICES), None, PLAIN)
    return folder


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Store:
    return Store("nss", "Chromium", "", Path(shutil.copytree(made, tmp_path / "a b%23?#憑證")))


def put(store: Store, party: Party = BRUNOS) -> None:
    NssAdapter().put(store, parcel(party), None, PLAIN)


def request(store: Store, party: Party = BRUNOS) -> bytes:
    """What the adapter sends the child to install ``party``."""
    sent: dict[str, Any] = {}

    def ask(child: str, request: dict[str, Any], _deadline: float) -> list[dict[str, Any]]:
        sent.update(request)
        return [{"done": None}]

    with pytest.MonkeyPatch.context() as patch, pytest.raises(CertTrayError):
        patch.setattr(nss_write, "ask_child", ask)
        put(store, party)
    return json.dumps(sent).encode()


def start(asked: bytes) -> subprocess.Popen[bytes]:
    """The child with its request; its answer is read by who started it."""
    child = subprocess.Popen(command("_nss"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin
    child.stdin.write(asked)
    child.stdin.close()
    return child


def test_a_new_database_is_this_person_s_alone(tmp_path: Path) -> None:
    store = Store("nss", "Chromium", "", tmp_path / ".pki" / "nssdb")
    assert NssAdapter().state(store) == State(running=False, asks_password=False)
    assert not store.folder.exists()
    put(store)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / ".pki", store.folder)}
    assert set(modes.values()) == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.folder.glob("*.db")} == {0o600}
    assert b"u,u,u" in run_tool("certutil", "-L", "-d", f"sql:{store.folder}")


def test_other_tools_trust_nothing_more_and_see_the_names(store: Store) -> None:
    put(store)
    listed = run_tool("certutil", "-L", "-d", f"sql:{store.folder}").decode()
    assert listed.count("u,u,u") == 2
    assert listed.count(",,   ") == 2, "no trust in the authorities"
    assert f"{BRUNO} - TWCA Test User CA" in listed


def test_modules_of_a_profile_stay_as_they_are(store: Store) -> None:
    """A profile may name a card's module: it is neither loaded nor dropped."""
    modules = store.folder / "pkcs11.txt"
    modules.write_text(modules.read_text() + "library=/nowhere/card.so\nname=Card\n\n")
    before = modules.read_bytes()
    put(store)
    assert modules.read_bytes() == before


@pytest.mark.parametrize("name", ["cert9.db", "key4.db"])
def test_a_database_another_program_holds_is_waited_for_and_then_named(store: Store, name: str) -> None:
    with held_by_another(store.folder / name), pytest.raises(StoreBusy):
        put(store)
    assert BRUNOS.der not in assert_whole(store.folder)
    put(store)
    assert assert_whole(store.folder)[BRUNOS.der]


def test_two_of_us_wait_for_each_other(store: Store) -> None:
    parties = [holder(BRUNO, key=spare_key(20 + number), serial=100 + number) for number in range(6)]
    with ExitStack() as stack:
        children = [stack.enter_context(start(request(store, party))) for party in parties]
        answers = [child.stdout.read() for child in children if child.stdout]
    assert [json.loads(answer) for answer in answers] == [{"done": None}] * 6
    held = assert_whole(store.folder)
    assert all(held[party.der] for party in parties)


@pytest.mark.parametrize("name", ["cert9.db", "key4.db"])
@pytest.mark.parametrize("spoilt", [b"no database at all" * 1000, b""])
def test_a_damaged_database_is_named_and_left_alone(store: Store, name: str, spoilt: bytes) -> None:
    (store.folder / name).write_bytes(spoilt)
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    with pytest.raises(StoreDamaged):
        put(store)
    with pytest.raises(StoreDamaged):
        NssAdapter().state(store)
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == before


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
def test_killed_in_the_middle_of_a_transaction(store: Store, name: str) -> None:
    """Killed when SQLite's journal appears: the next who opens the database rolls back, and repeating completes."""
    journal, caught = store.folder / f"{name}-journal", 0
    for _ in range(6):
        with start(request(store)) as child:
            while child.poll() is None:
                if journal.exists():
                    child.kill()
                    caught += 1
                    break
        held = assert_whole(store.folder)
        assert held[ALICES.der]
        assert held.get(BRUNOS.der, True), "a certificate without its key"
        put(store)
        assert assert_whole(store.folder)[BRUNOS.der]
        NssAdapter().remove(store, fingerprint(BRUNOS), None)
        assert BRUNOS.der not in assert_whole(store.folder)
    assert caught >= 3
    assert orphans(store.folder) == 0


_BROWSER = """
while [ ! -e "$0/../stop" ]; do
  certutil -A -d "sql:$0" -n extra -t ,, -a -i "$1" || echo refused
  certutil -D -d "sql:$0" -n extra || echo refused
  echo written
done
"""
"""NSS writes as a browser does that learns and forgets an authority all the time."""


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.full)])
def test_beside_a_browser_that_writes_all_the_time(store: Store, rounds: int, tmp_path: Path) -> None:
    (tmp_path / "in.pem").write_bytes(holder(BRUNO, key=spare_key(3), serial=9).certificate_pem)
    words = ["sh", "-c", _BROWSER, str(store.folder), str(tmp_path / "in.pem")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as browser:
        assert browser.stdout and browser.stdout.readline() == "written\n"
        try:
            for _ in range(rounds):
                put(store)
                NssAdapter().remove(store, fingerprint(BRUNOS), None)
        finally:
            (tmp_path / "stop").touch()
        written = browser.stdout.read().count("written")
    assert written > rounds, "the browser wrote too"
    held = assert_whole(store.folder)
    assert held[ALICES.der] and BRUNOS.der not in held
    assert orphans(store.folder) == 0


def test_no_secret_is_on_a_command_line(store: Store, tmp_path: Path) -> None:
    """The child is looked at while it waits for the database."""
    asked = json.loads(request(store)) | {"password": "not-to-be-seen"}
    with ExitStack() as stack:
        with held_by_another(store.folder / "key4.db"):
            child = stack.enter_context(start(json.dumps(asked).encode()))
            shown = b"".join(Path(f"/proc/{child.pid}/{each}").read_bytes() for each in ("cmdline", "environ"))
        assert child.stdout and json.loads(child.stdout.read()) == {"done": None}
    key = b64encode(parcel(BRUNOS).pkcs8())
    assert b"_nss" in shown and b"not-to-be-seen" not in shown and key[:40] not in shown


def test_a_browser_that_is_running_is_noticed(store: Store) -> None:
    assert NssAdapter().state(store) == State(running=False, asks_password=False)
    holder_script = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", holder_script, str(store.folder / "cert9.db")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin and other.stdout and other.stdout.readline() == b"open\n"
        assert NssAdapter().state(store) == State(running=True, asks_password=False)
        other.stdin.close()
    assert NssAdapter().state(store) == State(running=False, asks_password=False)


def test_a_profile_is_written_with_the_firefox_it_ran_last_with(tmp_path: Path) -> None:
    store = Store("nss", "Firefox (Flatpak)", "default", tmp_path / "profile")
    store.folder.mkdir()
    (store.folder / "compatibility.ini").write_text(f"[Compatibility]\nLastPlatformDir={firefox_library()}\n")
    put(store)
    libraries = run_tool("strings", "-n", "4", store.folder / "pkcs11.txt").decode()
    assert str(store.folder) in libraries
    assert assert_whole(store.folder)[BRUNOS.der]


@pytest.mark.parametrize(("name", "rule"), [("Firefox", None), ("Firefox (Flatpak)", "sandboxed")])
def test_without_the_browser_s_own_nss_it_is_said_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, rule: str | None
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("certtray.stores.nss_libraries._FOLDERS", {})
    store = Store("nss", name, "default", tmp_path / "profile")
    for act in (lambda: put(store), lambda: NssAdapter().state(store)):
        with pytest.raises(StoreUnreachable) as refused:
            act()
        assert refused.value.facts.get("rule") == rule
    assert not store.folder.exists()


def test_a_folder_that_may_not_be_written(store: Store) -> None:
    if os.geteuid() == 0:
        store = Store("nss", "Chromium", "", Path("/proc/self/no") / "db")
    else:
        store.folder.chmod(0o500)
    with pytest.raises(StoreNoAccess):
        put(store)
