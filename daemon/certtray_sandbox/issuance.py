"""From PKCS#10 requests to certificates: every check first, then one issue, kept for whoever asks again."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from certtray_sandbox import back_office, certificates, terms
from certtray_sandbox.ca import Authority, end_of_validity
from certtray_sandbox.enrollments import Enrollment, old_certificates
from certtray_sandbox.limits import KEY_BITS
from certtray_sandbox.proof import check_proof
from certtray_sandbox.refusals import (
    BAD_PROOF,
    BAD_REQUEST,
    ENROLLMENT_ENDED,
    HASH_MISMATCH,
    KEY_NOT_FIT,
    KEY_USED,
    NOTHING,
    OTP_NEEDED,
    TERMS,
    Refusal,
)


@dataclass(frozen=True, slots=True)
class Submission:
    """What the client hands in; ``requests`` and ``proofs`` are DER."""

    requests: Sequence[bytes]
    proofs: Sequence[bytes]
    terms_accepted: bool
    terms_version: str


def submit(
    db: sqlite3.Connection, authority: Authority, enrollment: Enrollment, submission: Submission, now: datetime
) -> bytes | None:
    """Return the certs-only PKCS#7, or None while the back office holds it.

    Repeating it returns what was issued the first time, without a new code and without a second issue.
    """
    hashes = tuple(hashlib.sha256(request).hexdigest() for request in submission.requests)
    if hashes != enrollment.body.request_hashes:
        raise Refusal(HASH_MISMATCH)
    if enrollment.state in {"created", "ended"}:
        raise Refusal(OTP_NEEDED if enrollment.state == "created" else ENROLLMENT_ENDED)
    if enrollment.state == "verified":
        _accept(db, enrollment, submission, now)
    return result(db, authority, enrollment, now)


def result(db: sqlite3.Connection, authority: Authority, enrollment: Enrollment, now: datetime) -> bytes | None:
    """Return the certs-only PKCS#7, issuing it now if it was accepted and nothing holds it; None while held."""
    if enrollment.pkcs7 is not None:
        return enrollment.pkcs7
    row = db.execute("SELECT requests FROM enrollments WHERE id = ?", (enrollment.id,)).fetchone()
    if row["requests"] is None:
        raise Refusal(NOTHING)
    if back_office.is_held(db):
        return None
    keys = _keys(db, [base64.b64decode(request) for request in json.loads(row["requests"])])
    issued = [
        certificates.issue(
            db,
            authority,
            enrollment.person,
            key,
            usage=usage,
            not_before=now,
            not_after=end_of_validity(now),
            enrollment=enrollment.id,
            position=position,
        )
        for position, (key, usage) in enumerate(zip(keys, enrollment.body.usages, strict=True))
    ]
    answer = pkcs7.serialize_certificates([*issued, *authority.chain], Encoding.DER)
    db.execute("UPDATE enrollments SET state = 'issued', pkcs7 = ? WHERE id = ?", (answer, enrollment.id))
    return answer


def _accept(db: sqlite3.Connection, enrollment: Enrollment, submission: Submission, now: datetime) -> None:
    """Check everything and keep the requests; what is kept here will be issued."""
    if not submission.terms_accepted or submission.terms_version != terms.VERSION:
        raise Refusal(TERMS)
    _keys(db, submission.requests)
    old = old_certificates(db, enrollment.person, enrollment.body, now)
    if len(submission.proofs) != len(old):
        raise Refusal(BAD_PROOF)
    for proof, certificate in zip(submission.proofs, old, strict=True):
        check_proof(proof, certificate.der, UUID(enrollment.id), enrollment.nonce, submission.requests)
    requests = json.dumps([base64.b64encode(request).decode() for request in submission.requests])
    db.execute("UPDATE enrollments SET state = 'pending', requests = ? WHERE id = ?", (requests, enrollment.id))


def _keys(db: sqlite3.Connection, requests: Sequence[bytes]) -> list[rsa.RSAPublicKey]:
    """Return the public keys to certify, each proven by its request's own signature and never certified before."""
    keys: list[rsa.RSAPublicKey] = []
    for request in requests:
        key = _public_key(request)
        if key in keys or certificates.is_certified(db, key):
            raise Refusal(KEY_USED)
        keys.append(key)
    return keys


def _public_key(request: bytes) -> rsa.RSAPublicKey:
    try:
        parsed = x509.load_der_x509_csr(request)
        key = parsed.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size != KEY_BITS:
            raise Refusal(KEY_NOT_FIT)
        if not parsed.is_signature_valid:
            raise Refusal(BAD_REQUEST)
    except (ValueError, TypeError) as error:
        raise Refusal(BAD_REQUEST) from error
    return key
