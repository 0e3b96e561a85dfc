"""What the counter has registered: who may apply for what (2-06, 3-09), and which FEDI certificates to convert (3-26)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

from argon2.exceptions import VerifyMismatchError

from certtray_sandbox import counters, enrollments, people
from certtray_sandbox.counters import APPLY_PASSWORDS
from certtray_sandbox.desks import Device
from certtray_sandbox.home import Sandbox
from certtray_sandbox.refusals import APPLY_PASSWORD_WRONG, NOT_REGISTERED, Refusal
from certtray_sandbox.sessions import Session

Action = Literal["apply", "convert"]
Fact = tuple[str, str, str]
"""Name in Chinese, name in English, value."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One form that was approved and not used yet."""

    id: str
    action: Action
    cn: str
    device: Device
    email: str


def open_for(db: sqlite3.Connection, person: str) -> list[Registration]:
    """Return what ``person`` may apply for or convert now, oldest first."""
    rows = db.execute(
        "SELECT id, action, cn, device, email FROM registrations WHERE person = ? AND state = 'open'"
        " ORDER BY made_at, id",
        (person,),
    )
    return [Registration(*row) for row in rows]


def find_open(db: sqlite3.Connection, person: str, registration: str, action: str) -> Registration:
    """Return one that is still open for ``action``, or refuse with ``NOT_REGISTERED``."""
    found = [one for one in open_for(db, person) if (one.id, one.action) == (registration, action)]
    if not found:
        raise Refusal(NOT_REGISTERED)
    return found[0]


def use(db: sqlite3.Connection, registration: str) -> None:
    """Close one, as its enrollment has been accepted."""
    db.execute("UPDATE registrations SET state = 'used' WHERE id = ?", (registration,))


def facts(db: sqlite3.Connection, person: str, registration: Registration) -> list[Fact]:
    """Return what the confirmation page shows (2-06)."""
    row = db.execute("SELECT id, name, address FROM people WHERE id = ?", (person,)).fetchone()
    phones = [contact.address for contact in people.contacts_of(db, person) if contact.kind == "phone"]
    return [
        ("身分證號或統編", "ID or company number", row["id"]),
        ("用戶名稱", "Name", row["name"]),
        ("用戶識別名稱", "Certificate name (CN)", registration.cn),
        ("E-mail", "E-mail", registration.email),
        *(("電話", "Phone", phone) for phone in phones),
        ("地址", "Address", row["address"]),
        ("密碼模組", "Medium", registration.device),
    ]


def give_apply_password(sandbox: Sandbox, session: Session, enrollment_id: str, password: str) -> None:
    """Take the password from the counter's notice for an enrollment (3-09).

    Wrong ones count per registration, whichever enrollment they are entered for. The hash is checked outside any
    transaction; the try was counted before.
    """
    with sandbox.store.transaction() as db:
        enrollment = enrollments.read(db, session.person, enrollment_id)
        enrollments.require(enrollment, "apply_password")
        registration = enrollment.body.registration
        row = db.execute("SELECT apply_password FROM registrations WHERE id = ?", (registration,)).fetchone()
        left = counters.spend(db, APPLY_PASSWORDS, registration, sandbox.clock())
    try:
        sandbox.hasher.verify(row["apply_password"], password)
    except VerifyMismatchError as error:
        raise Refusal(APPLY_PASSWORD_WRONG, tries_left=left) from error
    with sandbox.store.transaction() as db:
        counters.forget(db, APPLY_PASSWORDS, registration)
        enrollments.give(db, enrollments.read(db, session.person, enrollment_id), "apply_password")
