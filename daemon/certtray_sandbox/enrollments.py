"""Enrollments: named by the client, so that asking again is never asking twice (DESIGN.md 7).

States: ``created`` → ``verified`` (every factor given) → ``pending`` (accepted) → ``issued`` → ``installed``; ``ended`` after
three wrong codes.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from certtray_sandbox import certificates, terms
from certtray_sandbox.certificates import Usage
from certtray_sandbox.desks import Device
from certtray_sandbox.home import Sandbox
from certtray_sandbox.refusals import (
    ENROLLMENT_DIFFERS,
    ENROLLMENT_ENDED,
    FACTOR_DONE,
    NO_SUCH_PAGE,
    NOTHING,
    OTHER_USAGES,
    PENDING,
    TERMS,
    Refusal,
)

Action = Literal["apply", "renew", "convert"]
State = Literal["created", "verified", "pending", "issued", "installed", "ended"]
Factor = Literal["otp", "apply_password"]
NONCE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Body:
    """What the client asks for; the same again is the same enrollment, anything else is refused."""

    action: Action
    old_serials: tuple[str, ...]
    """Upper-case hex, at least 8 digits."""
    request_hashes: tuple[str, ...]
    """SHA-256 of each PKCS#10 in lower-case hex."""
    usages: tuple[Usage, ...]
    terms_version: str
    registration: str
    email: str
    """For later notices; empty for the one on file."""

    def text(self) -> str:
        """Return the one JSON text of this body."""
        lists = (self.old_serials, self.request_hashes, self.usages)
        fields = [self.action, *lists, self.terms_version, self.registration, self.email]
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Body:
        """Read what ``text`` wrote."""
        fields: list[Any] = [tuple(field) if isinstance(field, list) else field for field in json.loads(text)]
        return cls(*fields)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the certificates will say, decided when the enrollment is created."""

    cn: str
    device: Device
    email: str


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One row."""

    id: str
    person: str
    action: Action
    state: State
    needs: tuple[Factor, ...]
    """Factors still to be given."""
    nonce: bytes
    body: Body
    wanted: Wanted
    pkcs7: bytes | None


def known(db: sqlite3.Connection, person: str, enrollment_id: str, body: Body) -> Enrollment | None:
    """Return the enrollment of this id if there is one; refuse a different body under a known id."""
    row = db.execute("SELECT * FROM enrollments WHERE id = ?", (enrollment_id,)).fetchone()
    if row is None:
        return None
    enrollment = _own(row, person)
    if enrollment.body != body:
        raise Refusal(ENROLLMENT_DIFFERS)
    return enrollment


def check_body(sandbox: Sandbox, body: Body) -> None:
    """Refuse other terms than those in force, and other certificates than this RA issues together (3-04)."""
    if body.terms_version != terms.of(sandbox.profile.id).version:
        raise Refusal(TERMS)
    if body.usages != tuple(usage.value for usage in sandbox.profile.pairs):
        raise Refusal(OTHER_USAGES)


def insert(
    db: sqlite3.Connection,
    person: str,
    enrollment_id: str,
    body: Body,
    wanted: Wanted,
    needs: tuple[Factor, ...],
    now: datetime,
) -> Enrollment:
    """Enter a new enrollment."""
    nonce, state = secrets.token_bytes(NONCE_BYTES), "created" if needs else "verified"
    db.execute(
        "INSERT INTO enrollments (id, person, body, action, nonce, created_at, state, needs, cn, device, email)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            enrollment_id,
            person,
            body.text(),
            body.action,
            nonce,
            int(now.timestamp()),
            state,
            " ".join(needs),
            wanted.cn,
            wanted.device,
            wanted.email,
        ),
    )
    return read(db, person, enrollment_id)


def read(db: sqlite3.Connection, person: str, enrollment_id: str) -> Enrollment:
    """Return one of this person's enrollments; another's does not exist for them."""
    row = db.execute("SELECT * FROM enrollments WHERE id = ?", (enrollment_id,)).fetchone()
    if row is None:
        raise Refusal(NO_SUCH_PAGE)
    return _own(row, person)


def to_download(db: sqlite3.Connection, person: str) -> list[Enrollment]:
    """Return what was accepted and never reported as installed, oldest first (2-10, 3-16)."""
    rows = db.execute(
        "SELECT * FROM enrollments WHERE person = ? AND state IN ('pending', 'issued') ORDER BY created_at, id",
        (person,),
    )
    return [_own(row, person) for row in rows]


def require(enrollment: Enrollment, factor: Factor) -> None:
    """Refuse unless ``factor`` is still to be given."""
    if enrollment.state == "ended":
        raise Refusal(ENROLLMENT_ENDED, tries_left=0)
    if factor not in enrollment.needs:
        raise Refusal(FACTOR_DONE)


def give(db: sqlite3.Connection, enrollment: Enrollment, factor: Factor) -> None:
    """Note that ``factor`` has been given; the last one verifies the enrollment."""
    needs = [each for each in enrollment.needs if each != factor]
    db.execute("UPDATE enrollments SET needs = ? WHERE id = ?", (" ".join(needs), enrollment.id))
    if enrollment.state == "created" and not needs:
        set_state(db, enrollment, "verified")


def installed(db: sqlite3.Connection, enrollment: Enrollment, now: datetime) -> None:
    """Close an issued enrollment: the client has proven the new keys, so the old certificates are superseded."""
    if enrollment.state not in {"issued", "installed"}:
        raise Refusal(PENDING if enrollment.state == "pending" else NOTHING)
    for serial in enrollment.body.old_serials:
        certificates.revoke(db, serial, "superseded", now)
    certificates.fetched(db, enrollment.id)
    set_state(db, enrollment, "installed")


def set_state(db: sqlite3.Connection, enrollment: Enrollment, state: State) -> None:
    """Move on to ``state``."""
    db.execute("UPDATE enrollments SET state = ? WHERE id = ?", (state, enrollment.id))


def _own(row: sqlite3.Row, person: str) -> Enrollment:
    if row["person"] != person:
        raise Refusal(NO_SUCH_PAGE)
    return Enrollment(
        id=row["id"],
        person=row["person"],
        action=row["action"],
        state=row["state"],
        needs=tuple(row["needs"].split()),
        nonce=row["nonce"],
        body=Body.read(row["body"]),
        wanted=Wanted(row["cn"], row["device"], row["email"]),
        pkcs7=row["pkcs7"],
    )
