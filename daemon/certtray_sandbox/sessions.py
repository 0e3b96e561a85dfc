"""Who is at the other end: login, bearer tokens, and the birth date (0-03, 0-08)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from argon2.exceptions import VerifyMismatchError

from certtray_sandbox import counters
from certtray_sandbox.counters import BIRTH_DATES, LOGINS
from certtray_sandbox.home import Sandbox
from certtray_sandbox.limits import SESSION_LIFE
from certtray_sandbox.refusals import (
    IDENTITY_NEEDED,
    NO_SESSION,
    WRONG_BIRTH_DATE,
    WRONG_LOGIN,
    Refusal,
)


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in person."""

    token_hash: str
    person: str
    identity_checked: bool


def log_in(sandbox: Sandbox, person: str, password: str) -> tuple[str, datetime]:
    """Return a fresh token and when it ends; ``WRONG_LOGIN`` with the tries left, or ``LOGIN_LOCKED``.

    The hash is checked outside any transaction, since it takes a tenth of a second; the try was counted before.
    """
    now = sandbox.clock()
    with sandbox.store.transaction() as db:
        left = counters.spend(db, LOGINS, person, now)
        row = db.execute("SELECT password FROM people WHERE id = ?", (person,)).fetchone()
    try:
        sandbox.hasher.verify(row["password"] if row else sandbox.nobody, password)
    except VerifyMismatchError as error:
        raise Refusal(WRONG_LOGIN, tries_left=left) from error
    token = secrets.token_urlsafe(32)
    ends = (now + SESSION_LIFE).replace(microsecond=0)
    with sandbox.store.transaction() as db:
        counters.forget(db, LOGINS, person)
        db.execute("DELETE FROM sessions WHERE expires_at <= ?", (int(now.timestamp()),))
        db.execute("INSERT INTO sessions VALUES (?, ?, ?, 0)", (_hash(token), person, int(ends.timestamp())))
    return token, ends


def session_of(db: sqlite3.Connection, token: str, now: datetime) -> Session:
    """Return the session ``token`` belongs to, or refuse with ``NO_SESSION``."""
    row = db.execute(
        "SELECT person, identity_checked FROM sessions WHERE token_hash = ? AND expires_at > ?",
        (_hash(token), int(now.timestamp())),
    ).fetchone()
    if row is None:
        raise Refusal(NO_SESSION)
    return Session(_hash(token), row["person"], bool(row["identity_checked"]))


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


def require_identity(session: Session) -> None:
    """Refuse unless this session has given the right birth date."""
    if not session.identity_checked:
        raise Refusal(IDENTITY_NEEDED)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
