"""An RA's memory: one SQLite file, short transactions, safe for several threads and processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from certtray_sandbox.refusals import Refusal
from certtray_sandbox.schema import SCHEMA


@dataclass(frozen=True, slots=True)
class Store:
    """The database file at ``path``."""

    path: Path

    def create(self) -> None:
        """Make the tables in a new file; the write-ahead log lets another process read while we write."""
        self.path.touch(mode=0o600)
        with closing(sqlite3.connect(self.path)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(f"BEGIN; {SCHEMA} COMMIT;")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block alone among writers: all of it is kept, or nothing.

        A ``Refusal`` is an answer, not a failure: what the block counted before raising it is kept.
        """
        with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except Refusal:
                db.execute("COMMIT")
                raise
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
