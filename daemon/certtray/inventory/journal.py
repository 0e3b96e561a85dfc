"""What was told to the person, and history."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from certtray.core.levels import Told
from certtray.inventory.codec import moment, seconds
from certtray.inventory.model import Event
from certtray.inventory.schema import query, transaction


class Journal:
    """The part of the inventory that the tray and the flows write."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def told(self) -> dict[str, tuple[Told, ...]]:
        """Return what was told of each certificate by fingerprint, also of those that are gone: they may return."""
        told: defaultdict[str, list[Told]] = defaultdict(list)
        for fingerprint, days, at in query(self._connection, "SELECT fingerprint, days, at FROM told"):
            told[fingerprint].append(Told(days, moment(at)))
        return {fingerprint: tuple(each) for fingerprint, each in told.items()}

    def standing(self) -> frozenset[str]:
        """Return the fingerprints whose notice was handed over and not withdrawn."""
        return frozenset(row[0] for row in query(self._connection, "SELECT fingerprint FROM standing"))

    def tell(self, said: Iterable[tuple[str, int]], withdrawn: Iterable[str], now: datetime) -> None:
        """Record, in one transaction, (fingerprint, days of its level) as told now, and notices as taken back."""
        at = seconds(now)
        with transaction(self._connection):
            for fingerprint, days in said:
                self._connection.execute("INSERT OR REPLACE INTO told VALUES (?, ?, ?)", (fingerprint, days, at))
                self._connection.execute("INSERT OR IGNORE INTO standing VALUES (?)", (fingerprint,))
            for fingerprint in withdrawn:
                self._connection.execute("DELETE FROM standing WHERE fingerprint = ?", (fingerprint,))

    def append(self, name: str, now: datetime, fingerprint: str = "", **facts: str | int) -> None:
        """Write one line of history. Facts are shown: never a secret."""
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO history (at, name, fingerprint, facts) VALUES (?, ?, ?, ?)",
                (seconds(now), name, fingerprint, json.dumps(facts)),
            )

    def history(self, limit: int = 1000) -> list[Event]:
        """Return the last ``limit`` lines, the latest first."""
        sql = "SELECT at, name, fingerprint, facts FROM history ORDER BY id DESC LIMIT ?"
        rows = query(self._connection, sql, (limit,))
        return [Event(moment(at), name, fingerprint, json.loads(facts)) for at, name, fingerprint, facts in rows]
