"""Passwords the user asked us to keep: in the operating system's secret store, nowhere else."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import Any

from certtray.core.errors import NoSecretStore
from certtray.core.secret import Secret

SERVICE = "CertTray"
STORES = {"win32": "Windows.WinVaultKeyring", "darwin": "macOS.Keyring"}
"""By ``sys.platform``; elsewhere the Secret Service of GNOME, KDE and others. Each encrypts what it keeps."""


def keep_password(path: str, password: Secret) -> None:
    """Store the password of the file at ``path``; NoSecretStore where the system has none that encrypts."""
    _call("set_password", _name(path), password.reveal())


def kept_password(path: str) -> Secret | None:
    """Return the password kept for ``path``, None where there is none; NoSecretStore as above."""
    found = _call("get_password", _name(path))
    return Secret(found) if isinstance(found, str) else None


def drop_password(path: str) -> None:
    """Remove what was kept for ``path``; NoSecretStore as above."""
    if kept_password(path) is not None:
        _call("delete_password", _name(path))


def _name(path: str) -> str:
    # A path holds the person's number; the store shows entry names without asking for its password.
    return "file " + hashlib.sha256(path.encode()).hexdigest()[:32]


def store_name() -> str:
    """Return what the secret store is called; NoSecretStore as above."""
    return str(_store().name)


def _store() -> Any:
    # Left to search, keyring imports whatever backend is installed, among them such as keep passwords in the clear, and has
    # ldconfig, gcc and ld look for macOS's libraries: half a second. A backend that is named beforehand ends the search.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    import keyring.core

    try:
        return keyring.core.load_keyring(f"keyring.backends.{STORES.get(sys.platform, 'SecretService.Keyring')}")
    except (RuntimeError, OSError, ValueError):  # also where the session's bus is gone, or its address is nonsense
        raise NoSecretStore(reason="no encrypting backend is running") from None


def _call(method: str, *arguments: str) -> object:
    store = _store()
    import keyring.errors

    try:
        return getattr(store, method)(SERVICE, *arguments)
    except (keyring.errors.KeyringError, OSError) as error:
        raise NoSecretStore(reason=type(error).__name__) from None
