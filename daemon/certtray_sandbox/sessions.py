"""Who is at the other end: bearer tokens, and the birth date (0-03, 0-08)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from certtray_sandbox import counters
from certtray_sandbox.counters import BIRTH_DATES
from certtray_sandbox.limits import SESSION_LIFE
from certtray_sandbox.refusals import (
    CHANGE_FIRST,
    IDENTITY_NEEDED,
    NO_SESSION,
    PASSWORD_LOGIN,
    WRONG_BIRTH_DATE,
    Refusal,
)


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in person."""

    token_hash: str
    person: str
    account: str | None
    """Whose site password was given; None where a card or another system vouched."""
    identity_checked: bool
    must_change: bool
    """The first password is still to be changed (2-03)."""


def open_session(
    db: sqlite3.Connection, person: str, now: datetime, account: str | None = None
) -> tuple[str, datetime]:
    """Return a fresh token for ``person`` and when it ends; ``account`` as in ``Session``."""
    token = secrets.token_urlsafe(32)
    ends = (now + SESSION_LIFE).replace(microsecond=0)
    db.execute("DELETE FROM sessions WHERE expires_at <= ?", (int(now.timestamp()),))
    db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, 0)", (_hash(token), person, account, int(ends.timestamp())))
    return token, ends


def session_of(db: sqlite3.Connection, token: str, now: datetime) -> Session:
    """Return the session ``token`` belongs to, or refuse with ``NO_SESSION``."""
    row = db.execute(
        "SELECT sessions.person, account, identity_checked, must_change FROM sessions"
        " LEFT JOIN accounts ON accounts.name = account WHERE token_hash = ? AND expires_at > ?",
        (_hash(token), int(now.timestamp())),
    ).fetchone()
    if row is None:
        raise Refusal(NO_SESSION)
    flags = bool(row["identity_checked"]), bool(row["must_change"])
    return Session(_hash(token), row["person"], row["account"], *flags)


def log_out(db: sqlite3.Connection, session: Session) -> None:
    """Forget the token."""
    db.execute("DELETE FROM sessions WHERE token_hash = ?", (session.token_hash,))


def check_identity(db: sqlite3.Connection, session: Session, birth_date: str, now: datetime) -> None:
    """Compare ``birth_date`` (YYYYMMDD); wrong ones count per person over all sessions."""
    left = counters.spend(db, BIRTH_DATES, session.person, now)
    row = db.execute("SELECT birth_date FROM people WHERE id = ?", (session.person,)).fetchone()
    if not hmac.compare_digest(str(row["birth_date"]), birth_date):
        raise Refusal(WRONG_BIRTH_DATE, tries_left=left)
    counters.forget(db, BIRTH_DATES, session.person)
    db.execute("UPDATE sessions SET identity_checked = 1 WHERE token_hash = ?", (session.token_hash,))


def require_changed(session: Session) -> None:
    """Refuse until the first password has been changed."""
    if session.must_change:
        raise Refusal(CHANGE_FIRST)


def require_account(session: Session) -> str:
    """Return the account whose site password was given in this session; refuse where none was."""
    if session.account is None:
        raise Refusal(PASSWORD_LOGIN)
    return session.account


def require_identity(session: Session) -> None:
    """Refuse unless this session has given the right birth date."""
    if not session.identity_checked:
        raise Refusal(IDENTITY_NEEDED)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
