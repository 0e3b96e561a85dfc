"""One-time codes, bound to an enrollment (0-09 … 0-13): six digits, five minutes, three wrong entries, one use."""

from __future__ import annotations

import hmac
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from certtray.rules.profile import Otp, Profile
from certtray_sandbox import counters, outbox, people
from certtray_sandbox.counters import CODES_SENT
from certtray_sandbox.enrollments import Enrollment, give, require, set_state
from certtray_sandbox.home import Sandbox
from certtray_sandbox.limits import OTP_LIFE
from certtray_sandbox.refusals import (
    ENROLLMENT_ENDED,
    FACTOR_DONE,
    NO_SUCH_PAGE,
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
    digits: int


def rules(profile: Profile) -> Otp:
    """Return the profile's rules for codes; refuse where there are none."""
    if profile.otp is None:
        raise Refusal(FACTOR_DONE)
    return profile.otp


def start(db: sqlite3.Connection, sandbox: Sandbox, enrollment: Enrollment, contact_id: str, now: datetime) -> Ticket:
    """Send a new code to one of the person's contacts; an older code of this enrollment stops working."""
    require(enrollment, "otp")
    otp = rules(sandbox.profile)
    contacts = {contact.id: contact for contact in people.contacts_of(db, enrollment.person)}
    if contact_id not in contacts:
        raise Refusal(NO_SUCH_PAGE)
    resends_left = counters.spend(db, CODES_SENT, enrollment.person, now)
    code = f"{secrets.randbelow(10**otp.digits):0{otp.digits}}"
    expires_at = (now + OTP_LIFE).replace(microsecond=0)
    db.execute(
        "INSERT OR REPLACE INTO codes VALUES (?, ?, ?)",
        (enrollment.id, _mac(sandbox.otp_key, enrollment, code), int(expires_at.timestamp())),
    )
    outbox.send(db, enrollment.person, contacts[contact_id], _message(sandbox.profile, enrollment, code), now)
    spent = counters.used(db, counters.codes(otp), enrollment.person, now)
    return Ticket(expires_at, otp.tries - spent, resends_left, otp.digits)


def verify(db: sqlite3.Connection, sandbox: Sandbox, enrollment: Enrollment, code: str, now: datetime) -> None:
    """Accept the code once; the third wrong entry ends the enrollment (0-12: apply again)."""
    require(enrollment, "otp")
    entered = counters.codes(rules(sandbox.profile))
    row = db.execute(
        "SELECT mac FROM codes WHERE enrollment = ? AND expires_at > ?", (enrollment.id, int(now.timestamp()))
    ).fetchone()
    if row is None:
        raise Refusal(OTP_EXPIRED)
    left = counters.spend(db, entered, enrollment.person, now)
    right = hmac.compare_digest(bytes(row["mac"]), _mac(sandbox.otp_key, enrollment, code))
    if not right and left:
        raise Refusal(OTP_WRONG, tries_left=left)
    db.execute("DELETE FROM codes WHERE enrollment = ?", (enrollment.id,))
    counters.forget(db, entered, enrollment.person)
    if not right:
        set_state(db, enrollment, "ended")
        raise Refusal(ENROLLMENT_ENDED, tries_left=0)
    counters.forget(db, CODES_SENT, enrollment.person)
    give(db, enrollment, "otp")


def _message(profile: Profile, enrollment: Enrollment, code: str) -> str:
    """Name issuer and action, so that nobody can be talked into reading out a code for something else."""
    action = {"apply": "申請憑證", "renew": "更新憑證", "convert": "轉置憑證"}[enrollment.action]
    minutes = int(OTP_LIFE.total_seconds()) // 60
    return (
        f"【{profile.name_zh_tw}】您正在{action}，驗證碼 {code}，{minutes} 分鐘內有效。"
        f"請勿提供給任何人；若非本人操作，請電 {profile.contact.phone}。"
    )


def _mac(key: bytes, enrollment: Enrollment, code: str) -> bytes:
    # A million codes are quickly tried: what is stored is useless without the key, which is not in the database.
    return hmac.digest(key, f"{enrollment.id} {code}".encode(), "sha256")
