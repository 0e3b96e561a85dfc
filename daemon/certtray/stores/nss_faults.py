"""What can be wrong with an NSS database that is to be written: NSS itself waits long, and says little afterwards."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from certtray.core.store import DATABASE, KEYS

WAIT_SECONDS: Final = 5.0
"""How long another writer is waited for; a browser's transaction takes milliseconds."""
_ROOM: Final = 256 * 1024
"""Bytes; more than a certificate, a key and their rollback journals need."""


class Fault(Exception):
    """What the answer says: a fault's name, and a reason for the log."""

    def __init__(self, fault: str, reason: str = "") -> None:
        super().__init__(fault)
        self.fault, self.reason = fault, reason


def make_sure(folder: Path) -> None:
    """Raise a Fault unless each database could be written now; waits for who holds one."""
    if not os.access(folder, os.W_OK):
        raise Fault("no_access")
    for name, table in ((DATABASE, "nssPublic"), (KEYS, "nssPrivate")):
        if not (folder / name).exists():
            continue
        uri = f"{(folder / name).absolute().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                database.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608  # one of the two above
                database.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise of_sqlite(error) from None


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
