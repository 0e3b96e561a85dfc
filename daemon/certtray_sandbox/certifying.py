"""Certifying a key: the one place that signs holders' certificates and enters them in the register."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certtray_sandbox.certificates import Usage, find
from certtray_sandbox.desks import Device, name
from certtray_sandbox.home import Sandbox

FIRST_SERIAL: Final = 17465  # 2-15


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a certificate is for, and what it says about them."""

    person: str
    cn: str
    device: Device
    email: str


def key_hash(public_key: rsa.RSAPublicKey) -> str:
    """Return the SHA-256 of the SubjectPublicKeyInfo in hex."""
    return hashlib.sha256(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def is_certified(db: sqlite3.Connection, public_key: rsa.RSAPublicKey) -> bool:
    """Say whether this key was ever certified, for anyone."""
    return db.execute("SELECT 1 FROM certificates WHERE key_hash = ?", (key_hash(public_key),)).fetchone() is not None


def issue(
    db: sqlite3.Connection,
    sandbox: Sandbox,
    holder: Holder,
    public_key: rsa.RSAPublicKey,
    *,
    usage: Usage,
    not_before: datetime,
    not_after: datetime,
    enrollment: str | None = None,
    position: int = 0,
) -> x509.Certificate:
    """Certify ``public_key`` and enter it; sub-seconds of the times are cut, as X.509 has none."""
    serial = _run_on_serial(db) if sandbox.desk.short_serials else _free_serial(db)
    start, end = not_before.replace(microsecond=0), not_after.replace(microsecond=0)
    subject = name(*sandbox.desk.subject(holder.person, holder.cn, usage))
    certificate = sandbox.authority.issue(
        subject, public_key, serial=serial, not_before=start, not_after=end, usage=usage
    )
    row = {
        "serial": f"{serial:08X}",
        "person": holder.person,
        "enrollment": enrollment,
        "position": position,
        "cn": holder.cn,
        "usage": usage,
        "device": holder.device,
        "email": holder.email,
        "not_before": int(start.timestamp()),
        "not_after": int(end.timestamp()),
        "key_hash": key_hash(public_key),
        "der": certificate.public_bytes(Encoding.DER),
        "fetched": enrollment is None or not sandbox.profile.download,
    }
    columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
    db.execute(f"INSERT INTO certificates ({columns}) VALUES ({values})", row)  # noqa: S608 - our own column names
    return certificate


def _free_serial(db: sqlite3.Connection) -> int:
    """Return an unused 31-bit number that prints as 8 hex digits (FACTS.md 1.3)."""
    while True:
        serial = 0x10000000 + secrets.randbelow(0x70000000)
        if find(db, f"{serial:08X}") is None:
            return serial


def _run_on_serial(db: sqlite3.Connection) -> int:
    """Return the next number of a register that counts (2-15)."""
    row = db.execute(
        "SELECT max(serial) AS last FROM certificates"
    ).fetchone()  # of one length: text order is number order
    return int(row["last"], 16) + 1 if row["last"] else FIRST_SERIAL
