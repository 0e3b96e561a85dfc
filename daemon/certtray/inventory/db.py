"""The inventory of certificates and files. Several processes may have it open."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from certtray.core.revocation import Standing, Verdict
from certtray.crypto.content import FileContent
from certtray.inventory.codec import (
    COLUMNS,
    certificate_from,
    certificate_row,
    path_from,
    seconds,
    stored_path,
    verdict_from,
    verdict_row,
)
from certtray.inventory.journal import Journal
from certtray.inventory.model import (
    READ_AGAIN,
    BadFile,
    Changes,
    Entry,
    Location,
    Observation,
    Problem,
)
from certtray.inventory.passwords import Passwords
from certtray.inventory.schema import connect, query, transaction
from certtray.inventory.stores import Stores
from certtray.inventory.tokens import Tokens

_LOCKED = ("locked", "wrong-password")
_KNOWN = f"""
    SELECT path, CASE WHEN error IN (?, ?, 'file-unreadable') THEN {READ_AGAIN} ELSE size END, mtime_ns, inode, device
    FROM files"""  # noqa: S608  # a constant
_VERDICT = "standing, reason, since, source, asked, until"
_ENTRIES = f"""
    WITH places AS (
        SELECT fingerprint, files.path, kind, has_key, '' AS label
        FROM files JOIN contents USING (sha256) JOIN holdings USING (sha256)
        UNION ALL
        SELECT fingerprint, stores.path, kind, has_key, label FROM stores JOIN store_holdings USING (path)
        UNION ALL
        SELECT fingerprint, 'token:' || serial, 'token', 1, label FROM tokens JOIN token_holdings USING (serial))
    SELECT {COLUMNS}, path, kind, has_key, label, {_VERDICT}
    FROM places JOIN certificates USING (fingerprint) LEFT JOIN verdicts USING (fingerprint)
    ORDER BY not_after, fingerprint, label <> '', path"""  # noqa: S608  # a constant


class Inventory:
    """One connection, for one thread.

    Every method raises InventoryUnusable where the file is damaged; those that write raise WriteFailed where the disk
    refuses.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.journal = Journal(connection)
        self.passwords = Passwords(connection)
        self.stores = Stores(connection)
        self.tokens = Tokens(connection)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the database file. Raises InventoryUnusable."""
        return cls(connect(path))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def known(self, retry_locked: bool) -> dict[str, tuple[str, int, int, int, int]]:
        """Return path and stamp of every file known, size READ_AGAIN where a scan should read it even if unchanged.

        ``retry_locked``: passwords are at hand, so locked files are worth another try. Plain tuples that equal
        what a walk finds, for speed.
        """
        retried = _LOCKED if retry_locked else ("", "")
        rows = (
            row if isinstance(row[0], str) else (path_from(row[0]), *row[1:])
            for row in query(self._connection, _KNOWN, retried)
        )
        return {row[0]: row for row in rows}

    def remembers(self, sha256: str) -> bool:
        """Say whether what a file with this hash holds is known already, from any copy of it."""
        return bool(query(self._connection, "SELECT 1 FROM contents WHERE sha256 = ?", (sha256,)))

    def merge(self, observations: Iterable[Observation], vanished: Iterable[str] = ()) -> Changes:
        """Take in what a scan saw, in one transaction; ``vanished`` files are forgotten, their contents are not."""
        added, changed, gone = [], [], []
        with transaction(self._connection):
            for observation in observations:
                path = stored_path(observation.path)
                before = query(self._connection, "SELECT sha256 FROM files WHERE path = ?", (path,))
                self._put_file(observation)
                if not before:
                    added.append(observation.path)
                elif before[0][0] != observation.sha256:
                    changed.append(observation.path)
            for lost in vanished:
                if self._connection.execute("DELETE FROM files WHERE path = ?", (stored_path(lost),)).rowcount:
                    gone.append(lost)
        return Changes(tuple(added), tuple(changed), tuple(gone))

    def remember(self, sha256: str, content: FileContent) -> None:
        """Keep what an unlocked file holds by the hash of its bytes: every copy of it is known from then on."""
        with transaction(self._connection):
            self._put_content(sha256, content)

    def entries(self) -> list[Entry]:
        """Return every certificate that is somewhere now, the one that ends first first."""
        entries: list[Entry] = []
        for row in query(self._connection, _ENTRIES):
            *facts, path, kind, has_key, store = row[:-6]
            location = Location(kind, path_from(path), bool(has_key), store)
            if entries and entries[-1].certificate.fingerprint == facts[0]:
                last = entries.pop()
                entries.append(replace(last, locations=(*last.locations, location)))
            else:
                entries.append(Entry(certificate_from(tuple(facts)), (location,), verdict_from(row[-6:])))
        return entries

    def record_verdict(self, fingerprint: str, verdict: Verdict, now: datetime) -> None:
        """Keep what was found out. Where nothing was, a word of before stays, and the attempt counts as one."""
        row = verdict_row(verdict)
        with transaction(self._connection):
            if verdict.standing is Standing.UNKNOWN:
                self._connection.execute(
                    """INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                       ON CONFLICT DO UPDATE SET tried = excluded.tried""",
                    (fingerprint, *row, seconds(now)),
                )
            else:
                self._connection.execute(
                    "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (fingerprint, *row, seconds(now))
                )

    def asked_since(self, moment: datetime, now: datetime) -> frozenset[str]:
        """Return the fingerprints whose issuer was asked after ``moment``, or whose answer is not due before ``now``."""
        sql = "SELECT fingerprint FROM verdicts WHERE tried > ? OR (until > ? AND standing <> 'unknown')"
        return frozenset(row[0] for row in query(self._connection, sql, (seconds(moment), seconds(now))))

    def authorities(self) -> list[bytes]:
        """Return every authority's certificate that was ever seen, encoded."""
        return [bytes(row[0]) for row in query(self._connection, "SELECT der FROM certificates WHERE is_ca")]

    def bad_files(self) -> list[BadFile]:
        """Return the files that could not be read, locked ones among them, by path."""
        rows = query(self._connection, "SELECT path, error, facts FROM files WHERE error IS NOT NULL ORDER BY path")
        return [BadFile(path_from(path), Problem(error, json.loads(facts))) for path, error, facts in rows]

    def der(self, fingerprint: str) -> bytes | None:
        """Return the encoded certificate, also of one that is nowhere any more; None if it was never seen."""
        rows = query(self._connection, "SELECT der FROM certificates WHERE fingerprint = ?", (fingerprint,))
        return bytes(rows[0][0]) if rows else None

    def _put_file(self, seen: Observation) -> None:
        problem = seen.problem
        if seen.sha256 is not None:
            if seen.content is not None:
                self._put_content(seen.sha256, seen.content)
            elif self.remembers(seen.sha256):
                problem = None  # locked, but an earlier or other copy was opened
        error, facts = (problem.code, json.dumps(dict(problem.facts))) if problem is not None else (None, None)
        # An inode of ReFS may have more bits than SQLite keeps; cut, it matches nothing, and the file is read again.
        stamp = [number & 0x7FFF_FFFF_FFFF_FFFF if number >= 1 << 63 else number for number in seen.stamp]
        self._connection.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (stored_path(seen.path), *stamp, seen.sha256, error, facts),
        )

    def _put_content(self, sha256: str, content: FileContent) -> None:
        execute = self._connection.execute
        execute("INSERT OR REPLACE INTO contents VALUES (?, ?)", (sha256, content.kind))
        execute("DELETE FROM holdings WHERE sha256 = ?", (sha256,))
        for held in content.holdings:
            row = certificate_row(held.certificate)
            execute("INSERT OR IGNORE INTO certificates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, held.der))
            execute(
                """INSERT INTO holdings VALUES (?, ?, ?)
                   ON CONFLICT DO UPDATE SET has_key = max(has_key, excluded.has_key)""",
                (sha256, held.certificate.fingerprint, int(held.has_key)),
            )
        execute("UPDATE files SET error = NULL, facts = NULL WHERE sha256 = ?", (sha256,))
