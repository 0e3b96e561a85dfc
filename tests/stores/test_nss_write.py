"""Writing into NSS databases: whose it is, what stays untouched, which NSS does it, and who is using it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path

import pytest

from certtray.core.errors import StoreUnreachable
from certtray.core.store import Store
from certtray.stores.base import State
from certtray.stores.nss_write import NssAdapter
from tests.makers import BRUNO, run_tool
from tests.stores.kinds import firefox_library, parcel
from tests.stores.nss_rig import BRUNOS, put, request, start
from tests.stores.whole import assert_whole, held_by_another
from tests.tray.rig import until


def test_a_new_database_is_this_person_s_alone(tmp_path: Path) -> None:
    store = Store("nss", "Chromium", "", tmp_path / ".pki" / "nssdb")
    assert NssAdapter().state(store) == State(running=False, asks_password=False)
    assert not store.folder.exists()
    put(store)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / ".pki", store.folder)}
    assert set(modes.values()) == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.folder.glob("*.db")} == {0o600}
    assert b"u,u,u" in run_tool("certutil", "-L", "-d", f"sql:{store.folder}")


def test_other_tools_trust_nothing_more_and_see_the_names(nss_store: Store) -> None:
    put(nss_store)
    listed = run_tool("certutil", "-L", "-d", f"sql:{nss_store.folder}").decode()
    assert listed.count("u,u,u") == 2
    assert listed.count(",,   ") == 2, "no trust in the authorities"
    assert f"{BRUNO} - TWCA Test User CA" in listed


def test_modules_of_a_profile_stay_as_they_are(nss_store: Store) -> None:
    """A profile may name a card's module: it is neither loaded nor dropped."""
    modules = nss_store.folder / "pkcs11.txt"
    modules.write_text(modules.read_text() + "library=/nowhere/card.so\nname=Card\n\n")
    before = modules.read_bytes()
    put(nss_store)
    assert modules.read_bytes() == before


def test_no_secret_is_on_a_command_line(nss_store: Store, tmp_path: Path) -> None:
    """The child is looked at while it waits for the database."""
    asked = json.loads(request(nss_store)) | {"password": "not-to-be-seen"}
    with ExitStack() as stack:
        with held_by_another(nss_store.folder / "key4.db"):
            child = stack.enter_context(start(json.dumps(asked).encode()))
            words = Path(f"/proc/{child.pid}/cmdline")
            until(lambda: b"_nss" in words.read_bytes(), "it has become the program")
            shown = b"".join(Path(f"/proc/{child.pid}/{each}").read_bytes() for each in ("cmdline", "environ"))
        assert child.stdout and json.loads(child.stdout.read()) == {"done": None}
    key = b64encode(parcel(BRUNOS).pkcs8())
    assert b"_nss" in shown and b"not-to-be-seen" not in shown and key[:40] not in shown


def test_a_browser_that_is_running_is_noticed(nss_store: Store) -> None:
    assert NssAdapter().state(nss_store) == State(running=False, asks_password=False)
    holder_script = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", holder_script, str(nss_store.folder / "cert9.db")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin and other.stdout and other.stdout.readline() == b"open\n"
        assert NssAdapter().state(nss_store) == State(running=True, asks_password=False)
        other.stdin.close()
    assert NssAdapter().state(nss_store) == State(running=False, asks_password=False)


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
    if rule is None:  # the Firefox of this machine is no help to one in a sandbox
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr("certtray.stores.nss_libraries._FOLDERS", {})
    store = Store("nss", name, "default", tmp_path / "profile")
    for act in (lambda: put(store), lambda: NssAdapter().state(store)):
        with pytest.raises(StoreUnreachable) as refused:
            act()
        assert refused.value.facts.get("rule") == rule
    assert not store.folder.exists()
