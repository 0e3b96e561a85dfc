"""One NSS database (cert9.db, key4.db) read while its browser runs: nothing is written, no password is needed.

The tables are PKCS#11 objects, a column for each attribute in hex: a0 class, a3 label, a11 value, a102 id. Of a key only its id is
read, which stands in the clear also under a primary password. Source: STACK.md A "Reading".
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from certtray.core.store import DATABASE, KEYS, Held, Reading, Store, Unread

BUSY_SECONDS: Final = 0.25
"""How long a reader waits for a browser's transaction, which takes milliseconds."""

_CERTIFICATES: Final = "SELECT a11, a3, a102 FROM nssPublic WHERE a0 = x'00000001'"
_KEYS: Final = "SELECT a102 FROM nssPrivate WHERE a0 = x'00000003'"
_EMPTY: Final = bytes.fromhex("a5005a")
"""What NSS writes for a value of no octets."""


def read_store(store: Store) -> Reading:
    """Read a store as it is now; raises nothing. Without key4.db no certificate has its key."""
    try:
        certificates = _rows(store.folder / DATABASE, _CERTIFICATES)
        owned = key_ids(store.folder)
    except (FileNotFoundError, NotADirectoryError):
        return Reading(reason=Unread.NO_DATABASE)
    except OSError:
        return Reading(reason=Unread.NO_ACCESS)
    except sqlite3.Error as error:
        return Reading(reason=_reason(error))
    held: dict[bytes, Held] = {}
    for der, label, key in certificates:
        if not isinstance(der, bytes) or der in (b"", _EMPTY):
            continue
        before = held.get(der)
        has_key = key in owned or (before is not None and before.has_key)
        held[der] = Held(der, before.nickname if before else _text(label), has_key)
    return Reading(tuple(held.values()))


def key_ids(folder: Path) -> frozenset[bytes]:
    """Return the ids of the private keys in ``folder``; OSError, sqlite3.Error."""
    keys = _rows(folder / KEYS, _KEYS) if (folder / KEYS).exists() else []
    return frozenset(key for (key,) in keys if isinstance(key, bytes)) - {b"", _EMPTY}


def _rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Run one query; OSError where the file cannot be opened, sqlite3.Error where it cannot be read."""
    with path.open("rb"):
        pass  # SQLite has one error for all that can be wrong with a file; the system says what it is
    try:
        return _query(path, sql)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
    return _rolled_back(path, sql)


def _rolled_back(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Run one query on a copy that is rolled back: a writer died, and only the browser may mend its own file.

    Where either file changes meanwhile a writer is at work after all, and the copy is worth nothing: _Changed.
    """
    import shutil  # both only here: listing must start fast
    from tempfile import TemporaryDirectory

    journal = path.with_name(path.name + "-journal")
    with TemporaryDirectory(prefix="certtray-nss-") as folder:
        copy = Path(folder) / path.name
        try:
            before = _stamp(path), _stamp(journal)
            shutil.copyfile(path, copy)
            shutil.copyfile(journal, copy.with_name(journal.name))
            after = _stamp(path), _stamp(journal)
        except FileNotFoundError:
            raise _Changed from None
        if before != after:
            raise _Changed
        return _query(copy, sql, mode="rw")


class _Changed(sqlite3.OperationalError):
    """A database was written to while it was copied."""


def _query(path: Path, sql: str, mode: str = "ro") -> list[tuple[Any, ...]]:
    # Never immutable=1: under a running browser it reads half of a transaction (STACK.md A "Reading").
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS)
    ) as database:
        return database.execute(sql).fetchall()


def _stamp(path: Path) -> tuple[int, int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def _reason(error: sqlite3.Error) -> Unread:
    if isinstance(error, _Changed):
        return Unread.LOCKED
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Unread.LOCKED
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_IOERR:
            return Unread.NO_ACCESS
        case _:  # no such table or column among them: not a database of NSS, or one cut off
            return Unread.DAMAGED


def _text(label: object) -> str:
    return label.decode("utf-8", "replace") if isinstance(label, bytes) and label != _EMPTY else ""
