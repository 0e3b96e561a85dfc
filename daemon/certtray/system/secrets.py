"""Passwords the user asked us to keep: in the operating system's secret store, nowhere else."""

from __future__ import annotations

import hashlib
from typing import Any

from certtray.core.errors import NoSecretStore
from certtray.core.secret import Secret

SERVICE = "CertTray"
ENCRYPTING_BACKENDS = (
    "keyring.backends.Windows",
    "keyring.backends.macOS",
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
)
"""Only these are used: other installed backends may keep passwords in the clear."""


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
    return str(_best().name)


def _best() -> Any:
    import keyring.backend

    suitable = [
        backend
        for backend in keyring.backend.get_all_keyring()
        if type(backend).__module__.startswith(ENCRYPTING_BACKENDS) and backend.priority > 0
    ]
    if not suitable:
        raise NoSecretStore(reason="no encrypting backend is running")
    return max(suitable, key=lambda backend: backend.priority)


def _call(method: str, *arguments: str) -> object:
    import keyring.errors

    best = _best()
    try:
        return getattr(best, method)(SERVICE, *arguments)
    except keyring.errors.KeyringError as error:
        raise NoSecretStore(reason=type(error).__name__) from None
