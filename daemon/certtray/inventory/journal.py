"""What was told to the person and what they asked not to hear for now."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from certtray.core.drift import Cell
from certtray.core.levels import ON_HOLD, Told
from certtray.inventory.codec import identity_from, moment, path_from, seconds, stored_identity, stored_path
from certtray.inventory.model import DRIFT, DriftAt, DriftSeen, Quiet
from certtray.inventory.schema import query, transaction

# A level put off is said twice; under a clock that is ahead, the second time must not hide the first.
_TOLD = """INSERT INTO told VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = min(at, excluded.at)"""

_DRIFT_TOLD = "UPDATE drifts SET told = min(ifnull(told, ?), ?) WHERE (identity, path, cell) = (?, ?, ?)"


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
        """Return the fingerprints whose notice was handed over and not withdrawn, and ``DRIFT`` where that is so of it."""
        return frozenset(row[0] for row in query(self._connection, "SELECT fingerprint FROM standing"))

    def drifts(self) -> dict[DriftAt, DriftSeen]:
        """Return the drifts met at the last look, and those told that have not got well since."""
        rows = query(self._connection, "SELECT identity, path, cell, since, told FROM drifts")
        return {
            DriftAt(identity_from(identity), path_from(path), Cell(cell)): DriftSeen(
                moment(since), None if told is None else moment(told)
            )
            for identity, path, cell, since, told in rows
        }

    def meet(self, drifts: Mapping[DriftAt, DriftSeen]) -> None:
        """Record what a look found, instead of what the one before did."""
        rows = [
            (*_columns(at), seconds(seen.since), None if seen.told is None else seconds(seen.told))
            for at, seen in drifts.items()
        ]
        with transaction(self._connection):
            self._connection.execute("DELETE FROM drifts")
            self._connection.executemany("INSERT INTO drifts VALUES (?, ?, ?, ?, ?)", rows)

    def tell(
        self,
        said: Iterable[tuple[str, int]],
        withdrawn: Iterable[str],
        now: datetime,
        drifts: Iterable[DriftAt] = (),
    ) -> None:
        """Record, in one transaction, (fingerprint, days of its level) and drifts as told now, and notices as taken back.

        What was told is not snoozed any more.
        """
        at, said, drifts = seconds(now), list(said), list(drifts)
        with transaction(self._connection):
            for fingerprint, days in said:
                self._connection.execute(_TOLD, (fingerprint, days, at))
            for each in drifts:
                self._connection.execute(_DRIFT_TOLD, (at, at, *_columns(each)))
            for subject in [*(fingerprint for fingerprint, _ in said), *([DRIFT] if drifts else [])]:
                self._connection.execute("INSERT OR IGNORE INTO standing VALUES (?)", (subject,))
                self._connection.execute("DELETE FROM snoozed WHERE fingerprint = ?", (subject,))
            for fingerprint in withdrawn:
                self._connection.execute("DELETE FROM standing WHERE fingerprint = ?", (fingerprint,))
                # A second suspension is news again.
                self._connection.execute(
                    "DELETE FROM told WHERE fingerprint = ? AND days = ?", (fingerprint, ON_HOLD.days)
                )

    def quiet(self) -> Quiet:
        """Return what is snoozed and paused, also what has run out."""
        snoozed = query(self._connection, "SELECT fingerprint, until FROM snoozed")
        paused = query(self._connection, "SELECT until FROM paused")
        return Quiet(
            paused_until=moment(paused[0][0]) if paused else None,
            snoozed={fingerprint: moment(until) for fingerprint, until in snoozed},
        )

    def snooze(self, fingerprints: Iterable[str], until: datetime) -> None:
        """Record that the notices of these certificates are wanted again at ``until``."""
        rows = [(fingerprint, seconds(until)) for fingerprint in fingerprints]
        with transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO snoozed VALUES (?, ?)", rows)

    def pause(self, until: datetime | None) -> None:
        """Record that no notice is wanted before ``until``; None ends a pause."""
        with transaction(self._connection):
            self._connection.execute("DELETE FROM paused")
            if until is not None:
                self._connection.execute("INSERT INTO paused VALUES (?)", (seconds(until),))


def _columns(at: DriftAt) -> tuple[str, str | bytes, str]:
    return stored_identity(at.identity), stored_path(at.path), at.cell.value
