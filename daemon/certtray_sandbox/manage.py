"""Suspend, reinstate, revoke and prove certificates, where the profile does that on line (3-18, 3-19, 4-11, 0-24)."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from certtray.core.dates import TAIPEI, taiwan_time
from certtray.rules.profile import Profile, Way
from certtray_sandbox import certificates
from certtray_sandbox.certificates import HOLD, Issued
from certtray_sandbox.refusals import (
    OLD_EXPIRED,
    OLD_REVOKED,
    OLD_UNKNOWN,
    REINSTATE_ELSEWHERE,
    REVOKE_ELSEWHERE,
    SUSPEND_ELSEWHERE,
    Reason,
    Refusal,
    say,
)
from certtray_sandbox.registrations import Fact

USAGES: Final = {"sign": ("簽章", "signing"), "encrypt": ("加密", "encryption"), "both": ("簽章、加密", "both")}


def suspend(db: sqlite3.Connection, profile: Profile, person: str, serials: Sequence[str], now: datetime) -> None:
    """Put certificates on hold, all or none; one that is on hold already stays so."""
    _here(profile, profile.manage.suspend, SUSPEND_ELSEWHERE)
    for certificate in in_force(db, person, serials, now):
        certificates.suspend(db, certificate.serial, now)


def reinstate(db: sqlite3.Connection, profile: Profile, person: str, serials: Sequence[str], now: datetime) -> None:
    """Take certificates off hold, all or none; one that is not on hold stays so."""
    _here(profile, profile.manage.reinstate, REINSTATE_ELSEWHERE)
    for certificate in in_force(db, person, serials, now):
        certificates.reinstate(db, certificate.serial)


def revoke(
    db: sqlite3.Connection, profile: Profile, person: str, serials: Sequence[str], reason: str, now: datetime
) -> None:
    """Revoke certificates, all or none; one that is revoked already keeps its reason."""
    _here(profile, profile.manage.revoke, REVOKE_ELSEWHERE)
    revoke_here(db, person, serials, reason, now)


def revoke_here(db: sqlite3.Connection, person: str, serials: Sequence[str], reason: str, now: datetime) -> None:
    """Revoke as ``revoke`` does, on whichever way it was asked for: the issuer's page ends here too (1-14)."""
    for certificate in in_force(db, person, serials, now, revoked_too=True):
        certificates.revoke(db, certificate.serial, reason, now)


def in_force(
    db: sqlite3.Connection, person: str, serials: Sequence[str], now: datetime, *, revoked_too: bool = False
) -> list[Issued]:
    """Return certificates of ``person`` that still are, on hold or not; refuse if one is not."""
    found = [own(db, person, serial) for serial in serials]
    for certificate in found:
        if certificate.revoked not in (None, HOLD):
            if not revoked_too:
                raise Refusal(OLD_REVOKED)
        elif now > certificate.not_after:
            raise Refusal(OLD_EXPIRED)
    return found


def own(db: sqlite3.Connection, person: str, serial: str) -> Issued:
    """Return a certificate of ``person``; another's does not exist for them."""
    certificate = certificates.find(db, serial)
    if certificate is None or certificate.person != person:
        raise Refusal(OLD_UNKNOWN)
    return certificate


def prove(db: sqlite3.Connection, profile: Profile, person: str, serial: str, now: datetime) -> tuple[str, list[Fact]]:
    """Return the number and the facts of a new proof of a certificate (3-19); the number is kept."""
    certificate = own(db, person, serial)
    number = f"{now.astimezone(TAIPEI):%Y%m%d}-{secrets.token_hex(4).upper()}"
    db.execute("INSERT INTO proofs VALUES (?, ?, ?)", (number, certificate.serial, int(now.timestamp())))
    holder = db.execute("SELECT name FROM people WHERE id = ?", (person,)).fetchone()["name"]
    usage = USAGES[certificate.usage]
    state = certificate.status(now, profile.renewal.opens)
    facts = [
        ("用戶名稱", "Name", holder),
        ("身分證號或統編", "ID or company number", person),
        ("用戶識別名稱", "Certificate name (CN)", certificate.cn),
        ("憑證序號", "Serial number", f"{certificate.serial} ({int(certificate.serial, 16)})"),
        ("憑證用途", "Usage", f"{usage[0]} ({usage[1]})"),
        ("憑證主旨", "Subject", certificate.subject),
        ("簽發者主旨", "Issuer", certificate.issuer),
        ("生效日", "Valid from", taiwan_time(certificate.not_before)),
        ("到期日", "Valid until", taiwan_time(certificate.not_after)),
        ("憑證狀態", "State", str(state)),
        ("密碼模組", "Medium", certificate.device),
        ("證明時間", "Proven at", taiwan_time(now)),
    ]
    return number, facts


def _here(profile: Profile, way: Way, elsewhere: Reason) -> None:
    if way is not Way.MENU:
        raise Refusal(say(elsewhere, profile, way))
