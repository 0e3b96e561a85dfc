"""The RA's memory: one SQLite file, short transactions, safe for several threads and processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from certtray_sandbox.refusals import Refusal

# Times are seconds since 1970 (UTC); serials are 8 or more upper-case hex digits, as brokers print them (0-16).
SCHEMA: Final = """
CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL, birth_date TEXT NOT NULL, password TEXT NOT NULL);
CREATE TABLE contacts (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, kind TEXT NOT NULL, address TEXT NOT NULL);
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, expires_at INTEGER NOT NULL,
    identity_checked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE counters (
    person TEXT NOT NULL, kind TEXT NOT NULL, used INTEGER NOT NULL, forgotten_at INTEGER NOT NULL,
    PRIMARY KEY (person, kind));
CREATE TABLE enrollments (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, body TEXT NOT NULL, action TEXT NOT NULL,
    nonce BLOB NOT NULL, created_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('created', 'verified', 'pending', 'issued', 'installed', 'ended')),
    requests TEXT, pkcs7 BLOB);
CREATE TABLE codes (
    enrollment TEXT PRIMARY KEY REFERENCES enrollments, mac BLOB NOT NULL, expires_at INTEGER NOT NULL);
CREATE TABLE certificates (
    serial TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, enrollment TEXT REFERENCES enrollments,
    position INTEGER NOT NULL, cn TEXT NOT NULL, usage TEXT NOT NULL, not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL, key_hash TEXT NOT NULL UNIQUE, der BLOB NOT NULL, revoked TEXT,
    revoked_at INTEGER, UNIQUE (enrollment, position));
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY, sent_at INTEGER NOT NULL, person TEXT NOT NULL, kind TEXT NOT NULL,
    address TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE switches (name TEXT PRIMARY KEY);
"""


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
