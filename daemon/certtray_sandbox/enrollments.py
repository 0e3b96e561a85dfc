"""Enrollments: named by the client, so that asking again is never asking twice (DESIGN.md 7).

States: ``created`` → ``verified`` (code accepted) → ``pending`` (back office) → ``issued`` → ``installed``; ``ended``
after three wrong codes.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from certtray_sandbox import certificates, terms
from certtray_sandbox.certificates import Issued
from certtray_sandbox.refusals import (
    ENROLLMENT_DIFFERS,
    NO_SUCH_PAGE,
    NOTHING,
    OLD_CANNOT_SIGN,
    OLD_EXPIRED,
    OLD_NOT_YET,
    OLD_REVOKED,
    OLD_UNKNOWN,
    PENDING,
    TERMS,
    Refusal,
)

Action = Literal["apply", "renew"]
State = Literal["created", "verified", "pending", "issued", "installed", "ended"]
NONCE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Body:
    """What the client asks for; the same again is the same enrollment, anything else is refused."""

    action: Action
    old_serials: tuple[str, ...]
    """Upper-case hex, at least 8 digits."""
    request_hashes: tuple[str, ...]
    """SHA-256 of each PKCS#10 in lower-case hex."""
    usages: tuple[certificates.Usage, ...]
    terms_version: str

    def text(self) -> str:
        """Return the one JSON text of this body."""
        return json.dumps(
            [self.action, self.old_serials, self.request_hashes, self.usages, self.terms_version],
            separators=(",", ":"),
        )


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One row."""

    id: str
    person: str
    action: Action
    state: State
    nonce: bytes
    body: Body
    pkcs7: bytes | None


def create(
    db: sqlite3.Connection, person: str, enrollment_id: str, body: Body, now: datetime
) -> tuple[Enrollment, bool]:
    """Return the enrollment of this id and whether it is new; refuse a different body under a known id."""
    row = db.execute("SELECT * FROM enrollments WHERE id = ?", (enrollment_id,)).fetchone()
    if row is not None:
        known = _own(row, person)
        if known.body != body:
            raise Refusal(ENROLLMENT_DIFFERS)
        return known, False
    if body.terms_version != terms.VERSION:
        raise Refusal(TERMS)
    old_certificates(db, person, body, now)
    db.execute(
        "INSERT INTO enrollments VALUES (?, ?, ?, ?, ?, ?, 'created', NULL, NULL)",
        (enrollment_id, person, body.text(), body.action, secrets.token_bytes(NONCE_BYTES), int(now.timestamp())),
    )
    return read(db, person, enrollment_id), True


def read(db: sqlite3.Connection, person: str, enrollment_id: str) -> Enrollment:
    """Return one of this person's enrollments; another's does not exist for them."""
    row = db.execute("SELECT * FROM enrollments WHERE id = ?", (enrollment_id,)).fetchone()
    if row is None:
        raise Refusal(NO_SUCH_PAGE)
    return _own(row, person)


def old_certificates(db: sqlite3.Connection, person: str, body: Body, now: datetime) -> list[Issued]:
    """Return the certificates to be renewed, after checking that each may be."""
    found = [certificates.find(db, serial) for serial in body.old_serials]
    for old in found:
        if old is None or old.person != person:
            raise Refusal(OLD_UNKNOWN)
        if old.revoked:
            raise Refusal(OLD_REVOKED)
        if now > old.not_after:
            raise Refusal(OLD_EXPIRED)
        if now < old.not_before:
            raise Refusal(OLD_NOT_YET)
        if old.usage == "encrypt":
            raise Refusal(OLD_CANNOT_SIGN)
    return [old for old in found if old is not None]


def installed(db: sqlite3.Connection, enrollment: Enrollment, now: datetime) -> None:
    """Close an issued enrollment: the client has proven the new keys, so the old certificates are superseded."""
    if enrollment.state not in {"issued", "installed"}:
        raise Refusal(PENDING if enrollment.state == "pending" else NOTHING)
    for serial in enrollment.body.old_serials:
        certificates.revoke(db, serial, "superseded", now)
    set_state(db, enrollment, "installed")


def set_state(db: sqlite3.Connection, enrollment: Enrollment, state: State) -> None:
    """Move on to ``state``."""
    db.execute("UPDATE enrollments SET state = ? WHERE id = ?", (state, enrollment.id))


def _own(row: sqlite3.Row, person: str) -> Enrollment:
    if row["person"] != person:
        raise Refusal(NO_SUCH_PAGE)
    action, old_serials, request_hashes, usages, terms_version = json.loads(row["body"])
    body = Body(action, tuple(old_serials), tuple(request_hashes), tuple(usages), terms_version)
    return Enrollment(row["id"], row["person"], row["action"], row["state"], row["nonce"], body, row["pkcs7"])
