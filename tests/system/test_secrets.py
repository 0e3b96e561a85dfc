"""Kept passwords in a real secret store, and nowhere without one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from certtray.core.errors import NoSecretStore
from certtray.core.secret import Secret
from certtray.system.secrets import kept_password, store_name
from tests.patience import SECONDS

KEEP_AND_READ = """
from certtray.core.secret import Secret
from certtray.system.secrets import drop_password, keep_password, kept_password
keep_password("/home/a/A123456789/x.pfx", Secret("密碼 planted"))
found = kept_password("/home/a/A123456789/x.pfx")
print(found.reveal() == "密碼 planted", found, kept_password("/other"))
drop_password("/home/a/A123456789/x.pfx"); drop_password("/other")
print(kept_password("/home/a/A123456789/x.pfx"))
"""
WITHOUT = """
from certtray.core.errors import NoSecretStore
from certtray.core.secret import Secret
from certtray.system.secrets import keep_password
try:
    keep_password("/x.pfx", Secret("planted"))
except NoSecretStore as error:
    print(error)
import sys
print(*sorted(name for name in sys.modules if name.startswith("keyring.backends.")))
"""


def environment(tmp_path: Path) -> dict[str, str]:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime), "PYTHONUTF8": "1"}


def test_kept_in_gnome_keyring_and_dropped(tmp_path: Path) -> None:
    script = 'printf login | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"'
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script, "sh", sys.executable, "-c", KEEP_AND_READ],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.stdout.splitlines() == ["True Secret(…) None", "None"], done.stderr
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert stored, "the keyring wrote its file below this home"
    assert "密碼 planted".encode() not in stored
    assert b"A123456789" not in stored


def test_without_a_store_nothing_is_kept_and_no_other_asked(tmp_path: Path) -> None:
    named = {**environment(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    done = subprocess.run([sys.executable, "-c", WITHOUT], env=named, capture_output=True, text=True, check=True)
    said, imported = done.stdout.splitlines()
    assert said.startswith("no-secret-store reason=")
    assert imported == "keyring.backends.SecretService keyring.backends.fail"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"planted" in path.read_bytes()]


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret("planted")
    assert "planted" not in f"{secret} {secret!r} {[secret]} {vars(type(secret))}"


@pytest.mark.parametrize("address", ["unix:path=/gone/bus", "nonsense", "unix:nothing=1"])
def test_a_session_bus_that_is_gone_is_no_store(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "")
    with pytest.raises(NoSecretStore):
        store_name()
    with pytest.raises(NoSecretStore):
        kept_password("/x.pfx")
