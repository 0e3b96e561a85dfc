"""Challenges to old certificates that cannot sign (DESIGN.md 7): made with the enrollment, kept only as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from certtray.crypto.challenge import RANDOM_BYTES, challenge_text
from certtray_sandbox.certificates import Issued
from certtray_sandbox.refusals import BAD_PROOF, Refusal


def make(db: sqlite3.Connection, enrollment_id: str, old: Issued) -> None:
    """Encrypt a challenge to ``old``; only its holder's key can find out what it says."""
    text = challenge_text(UUID(enrollment_id), secrets.token_bytes(RANDOM_BYTES))
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(text).set_content_encryption_algorithm(AES256)
    recipient = x509.load_der_x509_certificate(old.der)
    envelope = builder.add_recipient(recipient).encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    answer_hash = hashlib.sha256(text).hexdigest()
    db.execute("INSERT INTO challenges VALUES (?, ?, ?, ?)", (enrollment_id, old.serial, envelope, answer_hash))


def of(db: sqlite3.Connection, enrollment_id: str) -> dict[str, bytes]:
    """Return an enrollment's challenges, CMS EnvelopedData by the old certificate's serial."""
    rows = db.execute("SELECT serial, envelope FROM challenges WHERE enrollment = ? ORDER BY serial", (enrollment_id,))
    return {row["serial"]: row["envelope"] for row in rows}


def check(db: sqlite3.Connection, enrollment_id: str, old: Issued, answer: bytes) -> None:
    """Refuse with ``BAD_PROOF`` unless ``answer`` is what the challenge says."""
    row = db.execute(
        "SELECT answer_hash FROM challenges WHERE enrollment = ? AND serial = ?", (enrollment_id, old.serial)
    ).fetchone()
    if row is None or not hmac.compare_digest(str(row["answer_hash"]), hashlib.sha256(answer).hexdigest()):
        raise Refusal(BAD_PROOF)
