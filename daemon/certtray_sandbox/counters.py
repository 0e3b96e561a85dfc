"""Tries that are counted per person, over all sessions, and survive a restart."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from certtray_sandbox.limits import LOCK
from certtray_sandbox.refusals import Reason, Refusal


def used(db: sqlite3.Connection, subject: str, kind: str, now: datetime) -> int:
    """Return how many tries of ``kind`` count against ``subject``; those older than ``LOCK`` are forgotten."""
    row = db.execute(
        "SELECT used FROM counters WHERE subject = ? AND kind = ? AND forgotten_at > ?",
        (subject, kind, int(now.timestamp())),
    ).fetchone()
    return int(row["used"]) if row else 0


def spend(db: sqlite3.Connection, subject: str, kind: str, limit: int, locked: Reason, now: datetime) -> int:
    """Count one try before it is judged and return how many are left; raise ``Refusal(locked)`` when none was.

    Counting first means that guesses sent at the same time cannot share one try.
    """
    before = used(db, subject, kind, now)
    if before >= limit:
        row = db.execute("SELECT forgotten_at FROM counters WHERE subject = ? AND kind = ?", (subject, kind)).fetchone()
        raise Refusal(locked, tries_left=0, retry_after=int(row["forgotten_at"]) - int(now.timestamp()))
    db.execute(
        "INSERT OR REPLACE INTO counters VALUES (?, ?, ?, ?)",
        (subject, kind, before + 1, int((now + LOCK).timestamp())),
    )
    return limit - before - 1


def forget(db: sqlite3.Connection, subject: str, kind: str) -> None:
    """Start counting anew, after a right answer."""
    db.execute("DELETE FROM counters WHERE subject = ? AND kind = ?", (subject, kind))
