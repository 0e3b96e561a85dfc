"""Tries that are counted per person (or per registration), over all sessions, and survive a restart."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from certtray.rules.profile import Otp, Profile, Way
from certtray_sandbox import limits, refusals
from certtray_sandbox.refusals import Reason, Refusal


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted, how many tries there are, and the answer when they are used up."""

    kind: str
    limit: int
    locked: Reason
    lock: timedelta | None = limits.LOCK
    """How long tries count after the last one; None: until the back office resets them."""


BIRTH_DATES: Final = Counter("birth-date", limits.IDENTITY_TRIES, refusals.IDENTITY_LOCKED)
CAPTCHAS: Final = Counter("captcha", limits.CAPTCHA_TRIES, refusals.CAPTCHA_LOCKED)
# Codes are counted per person, not per enrollment: starting another enrollment gives no new tries.
CODES_SENT: Final = Counter("code-sent", limits.OTP_SENDS, refusals.OTP_SENDS_USED)
# Per registration: the notice of a new registration brings a new password.
APPLY_PASSWORDS: Final = Counter(
    "apply-password", limits.APPLY_PASSWORD_TRIES, refusals.APPLY_PASSWORD_LOCKED, lock=None
)
CARD_CHECKS: Final = Counter("card-check", limits.CARD_CHECKS, refusals.CARD_CHECKS_USED)


def card_logins(profile: Profile) -> Counter:
    """Return the counter of cards that did not prove themselves, as many as wrong passwords (``card_login``)."""
    return Counter("card-login", profile.login.tries, refusals.LOGIN_LOCKED)


def logins(profile: Profile) -> Counter:
    """Return the counter of wrong passwords: where a form or a counter frees a login, time does not (2-22, 4-18)."""
    if profile.login.reset in (Way.COUNTER, Way.PAPER):
        suspended = refusals.say(refusals.LOGIN_SUSPENDED, profile, profile.login.reset)
        return Counter("login", profile.login.tries, suspended, lock=None)
    return Counter("login", profile.login.tries, refusals.LOGIN_LOCKED)


def codes(otp: Otp) -> Counter:
    """Return the counter of wrong one-time codes (0-12)."""
    return Counter("code-entered", otp.tries, refusals.ENROLLMENT_ENDED)


def used(db: sqlite3.Connection, counter: Counter, subject: str, now: datetime) -> int:
    """Return how many tries count against ``subject``; all are forgotten ``counter.lock`` after the last one."""
    row = db.execute(
        "SELECT used FROM counters WHERE subject = ? AND kind = ? AND (forgotten_at IS NULL OR forgotten_at > ?)",
        (subject, counter.kind, int(now.timestamp())),
    ).fetchone()
    return int(row["used"]) if row else 0


def spend(db: sqlite3.Connection, counter: Counter, subject: str, now: datetime) -> int:
    """Count one try before it is judged and return how many are left; refuse when none was.

    Counting first means that guesses sent at the same time cannot share one try.
    """
    before = used(db, counter, subject, now)
    if before >= counter.limit:
        row = db.execute(
            "SELECT forgotten_at FROM counters WHERE subject = ? AND kind = ?", (subject, counter.kind)
        ).fetchone()
        wait = None if row["forgotten_at"] is None else int(row["forgotten_at"]) - int(now.timestamp())
        raise Refusal(counter.locked, tries_left=0, retry_after=wait)
    forgotten_at = None if counter.lock is None else int((now + counter.lock).timestamp())
    db.execute("INSERT OR REPLACE INTO counters VALUES (?, ?, ?, ?)", (subject, counter.kind, before + 1, forgotten_at))
    return counter.limit - before - 1


def forget(db: sqlite3.Connection, counter: Counter, subject: str) -> None:
    """Start counting anew, after a right answer."""
    db.execute("DELETE FROM counters WHERE subject = ? AND kind = ?", (subject, counter.kind))
