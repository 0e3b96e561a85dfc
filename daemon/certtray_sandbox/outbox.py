"""What would have gone out by SMS or mail."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from certtray_sandbox.limits import OTP_DIGITS
from certtray_sandbox.people import Contact
from certtray_sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Message:
    """One message, oldest number first; ``sent_at`` is aware UTC."""

    number: int
    sent_at: datetime
    person: str
    kind: str
    address: str
    text: str

    @property
    def code(self) -> str:
        """The one-time code in the text."""
        (code,) = re.findall(rf"(?<!\d)\d{{{OTP_DIGITS}}}(?!\d)", self.text)
        return str(code)


def outbox(folder: Path) -> list[Message]:
    """Return all messages of the RA in ``folder``, oldest first; works while the server runs in another process."""
    with Store(folder / "ra.sqlite").transaction() as db:
        return [
            Message(
                row["number"],
                datetime.fromtimestamp(row["sent_at"], UTC),
                row["person"],
                row["kind"],
                row["address"],
                row["text"],
            )
            for row in db.execute("SELECT * FROM outbox ORDER BY number")
        ]


def send(db: sqlite3.Connection, person: str, contact: Contact, text: str, now: datetime) -> None:
    """Put one message into the outbox."""
    db.execute(
        "INSERT INTO outbox (sent_at, person, kind, address, text) VALUES (?, ?, ?, ?, ?)",
        (int(now.timestamp()), person, contact.kind, contact.address, text),
    )
