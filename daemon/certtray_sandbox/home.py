"""The folder of one RA and everything opened from it.

``ca/`` the authority, ``tls/`` the server's identity, ``ra.sqlite`` all state, ``otp.key`` what one-time codes are
keyed with, ``clock-offset`` how far the clock was put forward. Made on first use.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from argon2 import PasswordHasher
from filelock import FileLock

from certtray_sandbox import people, tls
from certtray_sandbox.ca import Authority
from certtray_sandbox.clock import Clock, folder_clock
from certtray_sandbox.keyfiles import write_private
from certtray_sandbox.store import Store


@dataclass(frozen=True)
class Sandbox:
    """One RA, opened."""

    folder: Path
    store: Store
    authority: Authority
    otp_key: bytes
    hasher: PasswordHasher
    nobody: str
    """The hash of a password no one has: checking an unknown ID takes as long as checking a known one."""
    clock: Clock

    @property
    def tls_root(self) -> Path:
        """The PEM file a client verifies the server with."""
        return self.folder / "tls" / "root.crt"

    @property
    def ca_root(self) -> Path:
        """The PEM file holders' certificates chain to."""
        return self.folder / "ca" / "root.crt"


def open_sandbox(folder: Path, clock: Clock | None = None) -> Sandbox:
    """Open the RA in ``folder``, making it first where there is none; ``clock`` defaults to ``folder_clock``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    hasher = PasswordHasher()
    store = Store(folder / "ra.sqlite")
    with FileLock(folder / "setup.lock"):
        made = folder / "made"
        if not made.exists():  # a set-up that was interrupted is done again from its start
            store.path.unlink(missing_ok=True)
            now = datetime.now(UTC).replace(microsecond=0)
            Authority.create(folder / "ca", now)
            tls.create_root(folder / "tls", now)
            write_private(folder / "otp.key", secrets.token_bytes(32))
            store.create()
            with store.transaction() as db:
                people.register(db, hasher)
            made.touch()
    return Sandbox(
        folder,
        store,
        Authority.load(folder / "ca"),
        (folder / "otp.key").read_bytes(),
        hasher,
        hasher.hash(secrets.token_hex()),
        clock or folder_clock(folder),
    )
