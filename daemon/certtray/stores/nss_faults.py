"""What can be wrong with an NSS database that is to be written: NSS itself waits long, and says little afterwards."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from certtray.core.store import DATABASE, DATABASES, KEYS

WAIT_SECONDS: Final = 5.0
"""How long another writer is waited for that does not get on; a browser's transaction takes milliseconds."""
PATIENCE_SECONDS: Final = 30.0
"""How long one is waited for that does: on a slow disk a browser may let go for moments only."""
_PAUSE_SECONDS: Final = 0.02
_STIRS_SECONDS: Final = 1.0
_ROOM: Final = 256 * 1024
"""Bytes; more than a certificate, a key and their rollback journals need."""


class Fault(Exception):
    """What the answer says: a fault's name, and a reason for the log."""

    def __init__(self, fault: str, reason: str = "") -> None:
        super().__init__(fault)
        self.fault, self.reason = fault, reason


class Patience:
    """The waiting of one change for other writers: WAIT_SECONDS since one last wrote, PATIENCE_SECONDS in all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._since = time.monotonic()
        self._until = self._since + PATIENCE_SECONDS
        self._moved = float("-inf")
        self._stamp = self._written()

    def lasts(self) -> bool:
        """Say whether to try once more, after a pause."""
        time.sleep(_PAUSE_SECONDS)
        now, stamp = time.monotonic(), self._written()
        if stamp != self._stamp:
            self._stamp, self._since, self._moved = stamp, now, now
        return now < min(self._since + WAIT_SECONDS, self._until)

    @property
    def stirs(self) -> bool:
        """Whether the databases were written to just now."""
        return time.monotonic() < self._moved + _STIRS_SECONDS

    def _written(self) -> list[int]:
        times = list[int]()
        for name in DATABASES:
            with suppress(OSError):
                times.append((self._folder / name).stat().st_mtime_ns)
        return times


def make_sure(folder: Path, patience: Patience | None = None) -> None:
    """Raise a Fault unless each database could be written now; with ``patience`` who holds one is waited for."""
    if not os.access(folder, os.W_OK):
        raise Fault("no_access")
    for name, table in ((DATABASE, "nssPublic"), (KEYS, "nssPrivate")):
        if not (folder / name).exists():
            continue
        while (fault := _in_the_way(folder / name, table)) is not None:
            if fault.fault != "busy" or patience is None or not patience.lasts():
                raise fault


def _in_the_way(path: Path, table: str) -> Fault | None:
    try:
        uri = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608  # one of the two above
            database.execute("ROLLBACK")
    except sqlite3.Error as error:
        return of_sqlite(error)
    return None


def of_sqlite(error: sqlite3.Error) -> Fault:
    """Return what an error of SQLite means."""
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Fault("busy")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY:
            return Fault("no_access")
        case sqlite3.SQLITE_FULL:
            return Fault("full")
        case _:
            return Fault("damaged", str(error))


def of_system(error: OSError) -> Fault:
    """Return what an error of the system means."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return Fault("full")
        case errno.EACCES | errno.EPERM | errno.EROFS | errno.ENOTDIR:
            return Fault("no_access")
        case None:  # the dynamic linker has no number
            return Fault("no_library", str(error)[:200])
        case errno.ENOENT:
            return Fault("no_database")
        case _:
            return Fault("refused", error.strerror or "")


def fault_behind(folder: Path, name: str) -> Fault:
    """Return what stands behind NSS's error ``name``: it has one for a full disk, a held and a spoilt database."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_ROOM))
        make_sure(folder)
    except OSError as error:
        return of_system(error)
    except Fault as fault:
        return fault
    return Fault("refused", name)
