"""Unlocking a card on line (4-21, 4-22): verified, its code released once, reported; named by the client.

``verified`` (number and certificates are this person's) → ``released`` (the code was told; again only under the same id) →
``done`` (the client says that the card took it). Until it is done, the code of that card is released to no other id: an answer
that was lost is asked for again, a stolen login learns nothing by beginning anew. A success arms the card for its
next locking; a release that is never reported is ended at the counter only (``handing_out.rearm``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from certtray.rules.profile import Way
from certtray_sandbox import counters, handing_out
from certtray_sandbox.home import Sandbox
from certtray_sandbox.refusals import (
    CARD_NOT_YOURS,
    NO_SUCH_PAGE,
    RELEASED_ELSEWHERE,
    UNLOCK_DIFFERS,
    UNLOCK_DONE,
    UNLOCK_ELSEWHERE,
    Refusal,
    say,
)
from certtray_sandbox.sessions import Session, require_account

State = Literal["verified", "released", "done"]


@dataclass(frozen=True, slots=True)
class Card:
    """What the client says of the card in its reader: either of its numbers, and the certificates on it (DER)."""

    serial: str
    certificates: Sequence[bytes]


def verify(
    db: sqlite3.Connection, sandbox: Sandbox, session: Session, unlock: str, card: Card, now: datetime
) -> tuple[State, bool]:
    """Check that the card is this person's; return how the unlocking stands and whether it is new.

    Wrong cards count per person. The same again under the same id changes nothing.
    """
    _offered(sandbox, session)
    row = db.execute("SELECT * FROM unlocks WHERE id = ?", (unlock,)).fetchone()
    if row is not None and row["person"] != session.person:
        raise Refusal(NO_SUCH_PAGE)
    left = counters.spend(db, counters.CARD_CHECKS, session.person, now)
    number = _own_card(db, session.person, card)
    if number is None:
        raise Refusal(CARD_NOT_YOURS, tries_left=left)
    counters.forget(db, counters.CARD_CHECKS, session.person)
    if row is not None:
        if row["card"] != number:
            raise Refusal(UNLOCK_DIFFERS)
        return row["state"], False
    db.execute(
        "INSERT INTO unlocks VALUES (?, ?, ?, 'verified', ?)", (unlock, session.person, number, int(now.timestamp()))
    )
    return "verified", True


def release(db: sqlite3.Connection, sandbox: Sandbox, session: Session, unlock: str) -> str:
    """Return the code of the card this unlocking is for; ``RELEASED_ELSEWHERE`` while another one has it."""
    row = _own(db, sandbox, session, unlock)
    if row["state"] == "done":
        raise Refusal(UNLOCK_DONE)
    card = db.execute("SELECT * FROM cards WHERE number = ?", (row["card"],)).fetchone()
    if card["released_to"] not in (None, unlock):
        raise Refusal(RELEASED_ELSEWHERE)
    db.execute("UPDATE cards SET released_to = ? WHERE number = ?", (unlock, card["number"]))
    db.execute("UPDATE unlocks SET state = 'released' WHERE id = ?", (unlock,))
    return handing_out.opened(sandbox, card["number"], card["puk"])


def done(db: sqlite3.Connection, sandbox: Sandbox, session: Session, unlock: str) -> None:
    """The card took the code: it is spent for this id, and the card armed for its next locking. Again changes nothing."""
    row = _own(db, sandbox, session, unlock)
    if row["state"] == "verified":  # nothing was released that could be spent
        raise Refusal(UNLOCK_DIFFERS)
    db.execute("UPDATE unlocks SET state = 'done' WHERE id = ?", (unlock,))
    db.execute("UPDATE cards SET released_to = NULL WHERE released_to = ?", (unlock,))


def _own(db: sqlite3.Connection, sandbox: Sandbox, session: Session, unlock: str) -> sqlite3.Row:
    _offered(sandbox, session)
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM unlocks WHERE id = ? AND person = ?", (unlock, session.person)
    ).fetchone()
    if row is None:
        raise Refusal(NO_SUCH_PAGE)
    return row


def _offered(sandbox: Sandbox, session: Session) -> None:
    """Refuse where cards are not unlocked on line, and whoever did not give the site password (4-21)."""
    way = sandbox.profile.manage.unlock
    if way is not Way.MENU:
        raise Refusal(say(UNLOCK_ELSEWHERE, sandbox.profile, way))
    require_account(session)


def _own_card(db: sqlite3.Connection, person: str, card: Card) -> str | None:
    """Return the number of this card, where it and every certificate said to be on it are this person's."""
    row = db.execute(
        "SELECT number FROM cards WHERE person = ? AND (number = ? OR chip = ?)",
        (person, card.serial, card.serial.lower()),
    ).fetchone()
    known = [
        db.execute("SELECT 1 FROM certificates WHERE person = ? AND der = ?", (person, der)).fetchone()
        for der in card.certificates
    ]
    return str(row["number"]) if row and known and all(known) else None
