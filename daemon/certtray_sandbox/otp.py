"""One-time codes, bound to an enrollment (0-09 … 0-13): six digits, five minutes, three wrong entries, one use."""

from __future__ import annotations

import hmac
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from certtray_sandbox import counters, outbox, people
from certtray_sandbox.counters import CODES_ENTERED, CODES_SENT
from certtray_sandbox.enrollments import Enrollment, set_state
from certtray_sandbox.limits import OTP_DIGITS, OTP_LIFE, OTP_TRIES
from certtray_sandbox.refusals import (
    ENROLLMENT_ENDED,
    NO_SUCH_PAGE,
    OTP_DONE,
    OTP_EXPIRED,
    OTP_WRONG,
    Refusal,
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A code is on its way."""

    expires_at: datetime
    tries_left: int
    resends_left: int


def start(db: sqlite3.Connection, key: bytes, enrollment: Enrollment, contact_id: str, now: datetime) -> Ticket:
    """Send a new code to one of the person's contacts; an older code of this enrollment stops working."""
    _needs_code(enrollment)
    contacts = {contact.id: contact for contact in people.contacts_of(db, enrollment.person)}
    if contact_id not in contacts:
        raise Refusal(NO_SUCH_PAGE)
    resends_left = counters.spend(db, CODES_SENT, enrollment.person, now)
    code = f"{secrets.randbelow(10**OTP_DIGITS):0{OTP_DIGITS}}"
    expires_at = (now + OTP_LIFE).replace(microsecond=0)
    db.execute(
        "INSERT OR REPLACE INTO codes VALUES (?, ?, ?)",
        (enrollment.id, _mac(key, enrollment, code), int(expires_at.timestamp())),
    )
    outbox.send(db, enrollment.person, contacts[contact_id], _message(enrollment, code), now)
    return Ticket(expires_at, OTP_TRIES - counters.used(db, CODES_ENTERED, enrollment.person, now), resends_left)


def verify(db: sqlite3.Connection, key: bytes, enrollment: Enrollment, code: str, now: datetime) -> None:
    """Accept the code once; the third wrong entry ends the enrollment (0-12: apply again)."""
    _needs_code(enrollment)
    row = db.execute(
        "SELECT mac FROM codes WHERE enrollment = ? AND expires_at > ?", (enrollment.id, int(now.timestamp()))
    ).fetchone()
    if row is None:
        raise Refusal(OTP_EXPIRED)
    left = counters.spend(db, CODES_ENTERED, enrollment.person, now)
    right = hmac.compare_digest(bytes(row["mac"]), _mac(key, enrollment, code))
    if not right and left:
        raise Refusal(OTP_WRONG, tries_left=left)
    db.execute("DELETE FROM codes WHERE enrollment = ?", (enrollment.id,))
    counters.forget(db, CODES_ENTERED, enrollment.person)
    if not right:
        set_state(db, enrollment, "ended")
        raise Refusal(ENROLLMENT_ENDED, tries_left=0)
    counters.forget(db, CODES_SENT, enrollment.person)
    set_state(db, enrollment, "verified")


def _message(enrollment: Enrollment, code: str) -> str:
    """Name issuer and action, so that nobody can be talked into reading out a code for something else."""
    action = {"apply": "申請憑證", "renew": "更新憑證"}[enrollment.action]
    minutes = int(OTP_LIFE.total_seconds()) // 60
    return (
        f"【永豐金證券】您正在{action}，驗證碼 {code}，{minutes} 分鐘內有效。"
        "請勿提供給任何人；若非本人操作，請電 0800-038-123。"
    )


def _needs_code(enrollment: Enrollment) -> None:
    if enrollment.state == "ended":
        raise Refusal(ENROLLMENT_ENDED, tries_left=0)
    if enrollment.state != "created":
        raise Refusal(OTP_DONE)


def _mac(key: bytes, enrollment: Enrollment, code: str) -> bytes:
    # A million codes are quickly tried: what is stored is useless without the key, which is not in the database.
    return hmac.digest(key, f"{enrollment.id} {code}".encode(), "sha256")
