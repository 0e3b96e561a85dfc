"""Where CertTray keeps what it keeps: one folder, moved as a whole by ``CERTTRAY_HOME``."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from certtray.core.errors import WriteFailed


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one user, and the names in it."""

    root: Path

    @property
    def settings(self) -> Path:
        """What the user chose."""
        return self.root / "settings.toml"

    @property
    def inventory(self) -> Path:
        """What exists where, what was told; holds no secret."""
        return self.root / "inventory.sqlite"

    @property
    def history(self) -> Path:
        """What was done, line by line; cannot be rebuilt."""
        return self.root / "history.jsonl"

    @property
    def operations(self) -> Path:
        """One folder for each unfinished application or renewal."""
        return self.root / "operations"

    @property
    def store(self) -> Path:
        """Where keys that belong into the system's store were kept before it was reached; one folder for each issuer."""
        return self.root / "store"

    @property
    def issuers(self) -> Path:
        """Issuers' profiles the person added."""
        return self.root / "issuers"

    @property
    def archive(self) -> Path:
        """Files that were replaced, kept."""
        return self.root / "archive"

    @property
    def connections(self) -> Path:
        """How to reach each issuer's on-line interface."""
        return self.root / "connections"

    @property
    def cache(self) -> Path:
        """What issuers publish (lists, certificates, answers), signed by them; may be deleted at any time."""
        return self.root / "cache"

    @property
    def sandbox(self) -> Path:
        """The embedded issuer's own data."""
        return self.root / "sandbox"

    @property
    def unlockings(self) -> Path:
        """Cards being unlocked through their issuer, one small file each; no secret."""
        return self.root / "unlockings"

    @property
    def modules(self) -> Path:
        """Rows of one's own beside ``config/modules.toml``."""
        return self.root / "modules.toml"

    @property
    def card_locks(self) -> Path:
        """One lock file for each card that was used."""
        return self.root / "locks"

    @property
    def resident_lock(self) -> Path:
        """Held by the one resident process."""
        return self.root / "resident.lock"

    @property
    def log(self) -> Path:
        """The redacted log."""
        return self.root / "certtray.log"

    def make(self) -> Home:
        """Create the folder, for this user only; return self. WriteFailed."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise WriteFailed(path=str(self.root), reason=error.strerror or str(error)) from None
        return self


def find_home() -> Home:
    """Return ``CERTTRAY_HOME``, else the platform's place for a program's own data."""
    chosen = os.environ.get("CERTTRAY_HOME")
    if chosen:
        return Home(Path(chosen).expanduser().absolute())
    if sys.platform == "win32":
        return Home(Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "CertTray")
    if sys.platform == "darwin":
        return Home(Path.home() / "Library/Application Support/CertTray")
    return Home(Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "certtray")
