"""Tries that are counted per person, over all sessions, and survive a restart."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from certtray_sandbox import limits, refusals
from certtray_sandbox.refusals import Reason, Refusal


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted, how many tries there are, and the answer when they are used up."""

    kind: str
    limit: int
    locked: Reason


LOGINS: Final = Counter("login", limits.LOGIN_TRIES, refusals.LOGIN_LOCKED)
BIRTH_DATES: Final = Counter("birth-date", limits.IDENTITY_TRIES, refusals.IDENTITY_LOCKED)
# Codes are counted per person, not per enrollment: starting another enrollment gives no new tries.
CODES_SENT: Final = Counter("code-sent", limits.OTP_SENDS, refusals.OTP_SENDS_USED)
CODES_ENTERED: Final = Counter("code-entered", limits.OTP_TRIES, refusals.ENROLLMENT_ENDED)


def used(db: sqlite3.Connection, counter: Counter, person: str, now: datetime) -> int:
    """Return how many tries count against ``person``; all are forgotten ``limits.LOCK`` after the last one."""
    row = db.execute(
        "SELECT used FROM counters WHERE person = ? AND kind = ? AND forgotten_at > ?",
        (person, counter.kind, int(now.timestamp())),
    ).fetchone()
    return int(row["used"]) if row else 0


def spend(db: sqlite3.Connection, counter: Counter, person: str, now: datetime) -> int:
    """Count one try before it is judged and return how many are left; refuse when none was.

    Counting first means that guesses sent at the same time cannot share one try.
    """
    before = used(db, counter, person, now)
    if before >= counter.limit:
        row = db.execute(
            "SELECT forgotten_at FROM counters WHERE person = ? AND kind = ?", (person, counter.kind)
        ).fetchone()
        raise Refusal(counter.locked, tries_left=0, retry_after=int(row["forgotten_at"]) - int(now.timestamp()))
    db.execute(
        "INSERT OR REPLACE INTO counters VALUES (?, ?, ?, ?)",
        (person, counter.kind, before + 1, int((now + limits.LOCK).timestamp())),
    )
    return counter.limit - before - 1


def forget(db: sqlite3.Connection, counter: Counter, person: str) -> None:
    """Start counting anew, after a right answer."""
    db.execute("DELETE FROM counters WHERE person = ? AND kind = ?", (person, counter.kind))
