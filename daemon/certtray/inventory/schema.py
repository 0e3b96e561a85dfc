"""The SQLite file: made private, brought to the present version, put aside when damaged."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from certtray.core.errors import InventoryUnusable, WriteFailed

BUSY_SECONDS = 15.0
"""How long a process waits for another one's transaction; the longest is one batch of a scan."""

# One tuple of statements per version; append, never edit. Paths are TEXT, or BLOB where they are not valid text.
_MIGRATIONS = (
    (
        """CREATE TABLE certificates (fingerprint TEXT PRIMARY KEY, serial TEXT NOT NULL, subject TEXT NOT NULL,
           issuer TEXT NOT NULL, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, usage TEXT NOT NULL,
           key_hash TEXT NOT NULL, is_ca INTEGER NOT NULL, der BLOB NOT NULL)""",
        # By the hash of a file's bytes, whether or not such a file is there now: a locked file once opened stays known.
        "CREATE TABLE contents (sha256 TEXT PRIMARY KEY, kind TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE holdings (sha256 TEXT, fingerprint TEXT, has_key INTEGER NOT NULL,
           PRIMARY KEY (sha256, fingerprint)) WITHOUT ROWID""",
        """CREATE TABLE files (path PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
           inode INTEGER NOT NULL, device INTEGER NOT NULL, sha256 TEXT, error TEXT, facts TEXT)""",
        "CREATE INDEX files_by_content ON files (sha256)",
        """CREATE TABLE told (fingerprint TEXT, days INTEGER, at INTEGER NOT NULL,
           PRIMARY KEY (fingerprint, days)) WITHOUT ROWID""",
        "CREATE TABLE standing (fingerprint TEXT PRIMARY KEY) WITHOUT ROWID",
        """CREATE TABLE history (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT NOT NULL,
           fingerprint TEXT NOT NULL, facts TEXT NOT NULL)""",
    ),
    (
        "CREATE TABLE snoozed (fingerprint TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE paused (until INTEGER NOT NULL)",  # one row or none
    ),
    (
        """CREATE TABLE verdicts (fingerprint TEXT PRIMARY KEY, standing TEXT NOT NULL, reason TEXT NOT NULL,
           since INTEGER, source TEXT NOT NULL, asked INTEGER, until INTEGER, tried INTEGER NOT NULL) WITHOUT ROWID""",
    ),
    (
        "DROP TABLE history",  # never written; it has a file of its own
        # By the hash of the file's bytes, so that every copy has them; set_at is 0 where the password is not ours.
        "CREATE TABLE passwords (sha256 TEXT PRIMARY KEY, hint TEXT NOT NULL, set_at INTEGER NOT NULL) WITHOUT ROWID",
    ),
    (
        """CREATE TABLE stores (path PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, profile TEXT NOT NULL,
           label TEXT NOT NULL, reason TEXT)""",
        """CREATE TABLE store_holdings (path, fingerprint TEXT, has_key INTEGER NOT NULL,
           PRIMARY KEY (path, fingerprint)) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE drifts (identity TEXT, path, cell TEXT, since INTEGER NOT NULL, told INTEGER,
           PRIMARY KEY (identity, path, cell)) WITHOUT ROWID""",
    ),
    (
        # Kept while the card is away: its certificates end all the same.
        "CREATE TABLE tokens (serial TEXT PRIMARY KEY, label TEXT NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE token_holdings (serial TEXT, fingerprint TEXT, PRIMARY KEY (serial, fingerprint)) WITHOUT ROWID",
    ),
)


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, making or migrating it; readable by its owner only.

    A damaged file is renamed to ``….damaged`` and begun anew, since the next scan fills it. Raises InventoryUnusable.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _open(path)
    except OSError as error:
        raise InventoryUnusable(path=str(path), reason=error.strerror or str(error)) from None
    except sqlite3.DatabaseError as error:
        # Subclasses mean locked, full, unreachable: nothing a new file would cure.
        if type(error) is not sqlite3.DatabaseError:
            raise InventoryUnusable(path=str(path), reason=str(error)) from None
    _put_aside(path)
    try:
        return _open(path)
    except (OSError, sqlite3.Error) as error:
        raise InventoryUnusable(path=str(path), reason=str(error)) from None


def query(connection: sqlite3.Connection, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    """Read rows. Raises InventoryUnusable."""
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.DatabaseError as error:
        raise InventoryUnusable(path=_path_of(connection), reason=str(error)) from None


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, alone among writers. Raises WriteFailed where the disk refuses, InventoryUnusable if damaged."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        kind = WriteFailed if isinstance(error, sqlite3.OperationalError) else InventoryUnusable
        raise kind(path=_path_of(connection), reason=str(error)) from None


def _path_of(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA database_list").fetchone()[2])


def _open(path: Path) -> sqlite3.Connection:
    _make_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _journal(connection)
        if connection.execute("PRAGMA user_version").fetchone()[0] != len(_MIGRATIONS):
            _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: Path) -> None:
    """SQLite gives its -wal and -shm files the mode of this one.

    A file that is there is never opened here: closing any descriptor of it would drop all locks this process holds on it (POSIX),
    and the next process to close the database would then take away the log that our other connections write to.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    path.chmod(0o600)


def _journal(connection: sqlite3.Connection) -> None:
    # The switch to WAL needs the file alone and does not wait for the busy timeout; it happens once in a file's life.
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return  # also where the file system has no shared memory and the old journal stays
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection):
        version = connection.execute("PRAGMA user_version").fetchone()[0]  # another process may have been faster
        if version > len(_MIGRATIONS):
            raise InventoryUnusable(path=str(path), reason=f"version {version} is newer than this program")
        for statements in _MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


def _put_aside(path: Path) -> None:
    from filelock import FileLock  # only here: listing must start fast

    with FileLock(f"{path}.lock", timeout=BUSY_SECONDS, mode=0o600):
        try:
            _open(path).close()  # somebody else was faster, and this is the new file
        except sqlite3.DatabaseError:
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            path.replace(path.with_name(path.name + ".damaged"))
