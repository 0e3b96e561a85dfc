"""The register of issued certificates: who holds what, and in which state."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from cryptography import x509

from certtray.core.dates import taiwan_date
from certtray.core.periods import Period
from certtray.core.periods import opens as opening
from certtray_sandbox.desks import Device

Usage = Literal["sign", "encrypt", "both"]
State = Literal["none", "valid", "expiring", "expired"]

VALID: Final = 0
NOT_DOWNLOADED: Final = 12
REVOKED: Final = 20
ON_HOLD: Final = 26
EXPIRED: Final = 30
ABOUT_TO_EXPIRE: Final = 31
"""FACTS.md 1.7, the list behind system 0's 「有效憑證(0)」. It has no number for a suspended one; 26 is ours, after 5026."""

HOLD: Final = "certificateHold"
"""The only reason that ends again (RFC 5280 5.3.1)."""


@dataclass(frozen=True, slots=True)
class Issued:
    """One row of the register; times are aware UTC, ``serial`` upper-case hex."""

    serial: str
    person: str
    cn: str
    usage: Usage
    device: Device
    email: str
    """Where notices about it go."""
    not_before: datetime
    not_after: datetime
    der: bytes
    fetched: bool
    """Its keys' side has taken it; False only where the download is a step of its own (2-09)."""
    revoked: str | None
    """Why it is revoked or, as ``certificateHold``, suspended: a name of RFC 5280 5.3.1; None when it is not."""
    revoked_at: datetime | None
    """Since when; present exactly with ``revoked``."""

    @property
    def subject(self) -> str:
        """The subject as one line (2-15)."""
        return x509.load_der_x509_certificate(self.der).subject.rfc4514_string()

    @property
    def issuer(self) -> str:
        """The issuer as one line (2-15)."""
        return x509.load_der_x509_certificate(self.der).issuer.rfc4514_string()

    def status(self, now: datetime, opens: Period) -> int:
        """Return the manuals' state number; a revoked or suspended one stays so when it expires.

        ``opens`` is how long before its end a certificate may be renewed: from then on it is about to expire.
        """
        if self.revoked:
            return ON_HOLD if self.revoked == HOLD else REVOKED
        if now > self.not_after:
            return EXPIRED
        if not self.fetched:
            return NOT_DOWNLOADED
        return ABOUT_TO_EXPIRE if taiwan_date(now) >= opening(taiwan_date(self.not_after), opens) else VALID


def find(db: sqlite3.Connection, serial: str) -> Issued | None:
    """Return the certificate of this serial, if we issued it."""
    row = db.execute("SELECT * FROM certificates WHERE serial = ?", (serial,)).fetchone()
    return _from_row(row) if row else None


def held_by(db: sqlite3.Connection, person: str) -> list[Issued]:
    """Return everything ever issued to ``person``, newest first (latest end, then latest start)."""
    rows = db.execute(
        "SELECT * FROM certificates WHERE person = ? ORDER BY not_after DESC, not_before DESC, serial", (person,)
    )
    return [_from_row(row) for row in rows]


def named(db: sqlite3.Connection, cn: str) -> list[Issued]:
    """Return everything ever issued under this common name, newest first."""
    rows = db.execute("SELECT * FROM certificates WHERE cn = ? ORDER BY not_after DESC, not_before DESC, serial", (cn,))
    return [_from_row(row) for row in rows]


def all_revoked(db: sqlite3.Connection) -> list[Issued]:
    """Return everything that is revoked or suspended now."""
    return [
        _from_row(row) for row in db.execute("SELECT * FROM certificates WHERE revoked IS NOT NULL ORDER BY serial")
    ]


def revoke(db: sqlite3.Connection, serial: str, reason: str, now: datetime) -> None:
    """Revoke for good, also from a suspension; the first reason and its time stay. ``reason``: RFC 5280 5.3.1."""
    db.execute(
        "UPDATE certificates SET revoked = ?, revoked_at = ? WHERE serial = ? AND (revoked IS NULL OR revoked = ?)",
        (reason, int(now.timestamp()), serial, HOLD),
    )


def suspend(db: sqlite3.Connection, serial: str, now: datetime) -> None:
    """Suspend what is not revoked; a suspension that stands keeps its time."""
    db.execute(
        "UPDATE certificates SET revoked = ?, revoked_at = ? WHERE serial = ? AND revoked IS NULL",
        (HOLD, int(now.timestamp()), serial),
    )


def reinstate(db: sqlite3.Connection, serial: str) -> None:
    """End a suspension; what is revoked stays revoked."""
    db.execute(
        "UPDATE certificates SET revoked = NULL, revoked_at = NULL WHERE serial = ? AND revoked = ?", (serial, HOLD)
    )


def fetched(db: sqlite3.Connection, enrollment: str) -> None:
    """Note that the certificates of ``enrollment`` are where their keys are."""
    db.execute("UPDATE certificates SET fetched = 1 WHERE enrollment = ?", (enrollment,))


def of_enrollment(db: sqlite3.Connection, enrollment: str) -> list[Issued]:
    """Return what was issued for ``enrollment``, in the order of its requests."""
    rows = db.execute("SELECT * FROM certificates WHERE enrollment = ? ORDER BY position", (enrollment,))
    return [_from_row(row) for row in rows]


def state_of(certificates: list[Issued], now: datetime, opens: Period) -> State:
    """Return what the check at login says (0-06, 0-07): decided by the newest certificate that is not revoked."""
    current = [certificate for certificate in certificates if not certificate.revoked]
    if not current:
        return "none"
    states: dict[int, State] = {
        VALID: "valid",
        NOT_DOWNLOADED: "valid",
        ABOUT_TO_EXPIRE: "expiring",
        EXPIRED: "expired",
    }
    return states[current[0].status(now, opens)]


def _from_row(row: sqlite3.Row) -> Issued:
    return Issued(
        serial=row["serial"],
        person=row["person"],
        cn=row["cn"],
        usage=row["usage"],
        device=row["device"],
        email=row["email"],
        not_before=datetime.fromtimestamp(row["not_before"], UTC),
        not_after=datetime.fromtimestamp(row["not_after"], UTC),
        der=row["der"],
        fetched=bool(row["fetched"]),
        revoked=row["revoked"],
        revoked_at=datetime.fromtimestamp(row["revoked_at"], UTC) if row["revoked"] else None,
    )
