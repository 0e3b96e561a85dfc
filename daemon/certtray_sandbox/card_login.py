"""Login by certificate id, picture and proof by the card (4-14): the challenge, and what answers it.

The picture is spent when the challenge is fetched. A challenge serves one try, for a short while; tries count per certificate
id. They end by time, not by a form as those of a password do: the id stands in every signature its holder gives, so whoever
has seen one could else suspend the holder.
"""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from certtray.rules.profile import LoginKind, Profile
from certtray_sandbox import captcha, certificates, counters
from certtray_sandbox.enrollments import NONCE_BYTES
from certtray_sandbox.limits import CARD_LOGIN_LIFE
from certtray_sandbox.proof import proves_login
from certtray_sandbox.refusals import CARD_NOT_PROVEN, CHALLENGE_VOID, OTHER_LOGIN, Refusal


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the card is to sign; ``id`` becomes the message's transaction id."""

    id: UUID
    nonce: bytes


def offered(profile: Profile) -> None:
    """Refuse where no card logs in."""
    if LoginKind.CERTIFICATE_ID not in (profile.login.kind, profile.login.renew):
        raise Refusal(OTHER_LOGIN)


def make(
    db: sqlite3.Connection, profile: Profile, certificate_id: str, picture: str, typed: str, now: datetime
) -> Challenge:
    """Check the picture and make a challenge; whether there is such a certificate is not told."""
    offered(profile)
    captcha.check(db, certificate_id, picture, typed, now)
    made = Challenge(uuid4(), secrets.token_bytes(NONCE_BYTES))
    db.execute("DELETE FROM card_logins WHERE expires_at <= ?", (int(now.timestamp()),))
    expires = int((now + CARD_LOGIN_LIFE).timestamp())
    db.execute("INSERT INTO card_logins VALUES (?, ?, ?, ?)", (str(made.id), certificate_id, made.nonce, expires))
    return made


def check(db: sqlite3.Connection, profile: Profile, challenge: str, proof: bytes, now: datetime) -> str:
    """Return the person whose certificate of that id is in force and has signed; any attempt uses the challenge up."""
    offered(profile)
    row = db.execute("DELETE FROM card_logins WHERE id = ? RETURNING *", (challenge,)).fetchone()
    if row is None or row["expires_at"] <= now.timestamp():
        raise Refusal(CHALLENGE_VOID)
    named, counter = row["certificate_id"], counters.card_logins(profile)
    left = counters.spend(db, counter, named, now)
    for each in certificates.named(db, named):
        in_force = each.revoked is None and each.not_before <= now <= each.not_after
        if in_force and each.usage != "encrypt" and proves_login(proof, each.der, UUID(challenge), row["nonce"], named):
            counters.forget(db, counter, named)
            return each.person
    raise Refusal(CARD_NOT_PROVEN, tries_left=left)
