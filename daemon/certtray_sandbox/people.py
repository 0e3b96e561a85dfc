"""The sandbox's made-up people; ID numbers are the manuals' examples, addresses cannot be delivered to."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final, Literal

ContactKind = Literal["phone", "email"]


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a one-time code may go; only contacts already on file are offered (0-09)."""

    id: str
    kind: ContactKind
    address: str

    @property
    def masked(self) -> str:
        """``0988***920`` for a phone; for mail only the domain, ``…@example.com`` (0-09)."""
        if self.kind == "phone":
            return f"{self.address[:4]}***{self.address[-3:]}"
        return f"…@{self.address.partition('@')[2]}"


@dataclass(frozen=True, slots=True)
class Person:
    """One customer: national ID or company number, birth date as YYYYMMDD (0-08), trading password (0-03)."""

    id: str
    name: str
    birth_date: str
    password: str
    contacts: tuple[Contact, ...]


PEOPLE: Final = (
    Person(
        "A123456789",
        "王小明",
        "19680123",
        "sandbox-A1",
        (Contact("a-1", "phone", "0988123920"), Contact("a-2", "email", "ming@example.com")),
    ),
    Person(
        "U139514691",
        "陳大文",
        "19751130",
        "sandbox-U1",
        (Contact("u-1", "phone", "0912345678"), Contact("u-2", "email", "wen@example.com")),
    ),
    Person("F246061918", "林美玲", "19900228", "sandbox-F2", (Contact("f-1", "email", "ling@example.com"),)),
)


COMPANY: Final = Person(
    "70759028",
    "測試股份有限公司",
    "20000101",
    "",
    (Contact("c-1", "phone", "0922000777"), Contact("c-2", "email", "it@example.com")),
)
"""Certificates of system 4 are a company's (4-26); it has no trading password."""

EVERYONE: Final = {person.id: person for person in (*PEOPLE, COMPANY)}

ADDRESS: Final = "臺北市測試路1號"


def register(db: sqlite3.Connection, person: Person, account: str, password_hash: str, *, must_change: bool) -> None:
    """Write ``person`` into the database of an RA, with a first account."""
    db.execute("INSERT INTO people VALUES (?, ?, ?, ?)", (person.id, person.name, person.birth_date, ADDRESS))
    add_account(db, person.id, account, password_hash, must_change=must_change)
    for contact in person.contacts:
        db.execute("INSERT INTO contacts VALUES (?, ?, ?, ?)", (contact.id, person.id, contact.kind, contact.address))


def add_account(db: sqlite3.Connection, person: str, account: str, password_hash: str, *, must_change: bool) -> None:
    """Give ``person`` one more site account (4-02: a slip for each card)."""
    db.execute("INSERT INTO accounts VALUES (?, ?, ?, ?)", (account, person, password_hash, must_change))


def accounts_of(db: sqlite3.Connection, person: str) -> list[str]:
    """Return the site accounts of ``person``, oldest first."""
    return [row["name"] for row in db.execute("SELECT name FROM accounts WHERE person = ? ORDER BY rowid", (person,))]


def is_known(db: sqlite3.Connection, person: str) -> bool:
    """Say whether this RA has registered ``person``."""
    return db.execute("SELECT 1 FROM people WHERE id = ?", (person,)).fetchone() is not None


def mail_address(db: sqlite3.Connection, person: str) -> str:
    """Return the e-mail address on file for ``person``; all of the sandbox's people have one."""
    return next(contact.address for contact in contacts_of(db, person) if contact.kind == "email")


def contacts_of(db: sqlite3.Connection, person: str) -> list[Contact]:
    """Return the contacts on file for ``person``, in the order they were entered."""
    rows = db.execute("SELECT id, kind, address FROM contacts WHERE person = ? ORDER BY id", (person,))
    return [Contact(row["id"], row["kind"], row["address"]) for row in rows]
