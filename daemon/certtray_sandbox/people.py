"""The sandbox's made-up people; ID numbers are the manuals' examples, addresses cannot be delivered to."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final, Literal

from argon2 import PasswordHasher

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
    """One customer: national ID, birth date as YYYYMMDD (0-08), trading password (0-03)."""

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


def register(db: sqlite3.Connection, hasher: PasswordHasher) -> None:
    """Write everyone of ``PEOPLE`` into a new database."""
    for person in PEOPLE:
        db.execute(
            "INSERT INTO people VALUES (?, ?, ?, ?)",
            (person.id, person.name, person.birth_date, hasher.hash(person.password)),
        )
        for contact in person.contacts:
            db.execute(
                "INSERT INTO contacts VALUES (?, ?, ?, ?)", (contact.id, person.id, contact.kind, contact.address)
            )


def contacts_of(db: sqlite3.Connection, person: str) -> list[Contact]:
    """Return the contacts on file for ``person``, in the order they were entered."""
    rows = db.execute("SELECT id, kind, address FROM contacts WHERE person = ? ORDER BY id", (person,))
    return [Contact(row["id"], row["kind"], row["address"]) for row in rows]
