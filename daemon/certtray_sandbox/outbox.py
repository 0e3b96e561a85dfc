"""What would have gone out by SMS, mail or post."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from certtray_sandbox.home import made, store_of
from certtray_sandbox.people import Contact


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``kind`` is phone, email or paper, ``sent_at`` aware UTC."""

    profile: str
    number: int
    sent_at: datetime
    person: str
    kind: str
    address: str
    text: str

    @property
    def code(self) -> str:
        """The one-time code in the text."""
        return self._after("驗證碼")

    @property
    def password(self) -> str:
        """The password on a slip or notice."""
        return self._after("密碼")

    @property
    def account(self) -> str:
        """The site account on a slip."""
        return self._after("帳號")

    @property
    def card(self) -> str:
        """The number of the card a PIN slip is for."""
        return self._after("卡號")

    def _after(self, word: str) -> str:
        (found,) = re.findall(rf"{word} ([0-9A-Za-z-]+)", self.text)
        return str(found)


def outbox(folder: Path) -> list[Message]:
    """Return all messages of the RAs in ``folder``, oldest first; works while the server runs in another process."""
    messages = []
    for profile in made(folder):
        with store_of(folder, profile).transaction() as db:
            messages += [_message(profile, row) for row in db.execute("SELECT * FROM outbox ORDER BY number")]
    return sorted(messages, key=lambda message: (message.sent_at, message.profile, message.number))


def send(db: sqlite3.Connection, person: str, contact: Contact, text: str, now: datetime) -> None:
    """Put one message by phone or mail into the outbox."""
    _put(db, person, contact.kind, contact.address, text, now)


def post(db: sqlite3.Connection, person: str, text: str, now: datetime) -> None:
    """Hand out a slip or notice on paper."""
    address = db.execute("SELECT address FROM people WHERE id = ?", (person,)).fetchone()["address"]
    _put(db, person, "paper", address, text, now)


def mail(db: sqlite3.Connection, person: str, address: str, text: str, now: datetime) -> None:
    """Mail to the address last given for a certificate, which need not be one on file."""
    _put(db, person, "email", address, text, now)


def _put(db: sqlite3.Connection, person: str, kind: str, address: str, text: str, now: datetime) -> None:
    db.execute(
        "INSERT INTO outbox (sent_at, person, kind, address, text) VALUES (?, ?, ?, ?, ?)",
        (int(now.timestamp()), person, kind, address, text),
    )


def _message(profile: str, row: sqlite3.Row) -> Message:
    sent_at = datetime.fromtimestamp(row["sent_at"], UTC)
    return Message(profile, row["number"], sent_at, row["person"], row["kind"], row["address"], row["text"])
