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

from certtray_sandbox import back_office, certificates, challenge, registrations, terms
from certtray_sandbox.admission import old_certificates
from certtray_sandbox.ca import end_of_validity
from certtray_sandbox.certificates import HOLD
from certtray_sandbox.enrollments import Enrollment
from certtray_sandbox.home import Sandbox
from certtray_sandbox.proof import check_proof
from certtray_sandbox.refusals import (
    BAD_PROOF,
    BAD_REQUEST,
    ENROLLMENT_ENDED,
    FACTOR_NEEDED,
    HASH_MISMATCH,
    KEY_NOT_FIT,
    KEY_USED,
    NOTHING,
    TERMS,
    Refusal,
)


@dataclass(frozen=True, slots=True)
class Submission:
    """What the client hands in; ``requests`` are DER, ``proofs`` CMC messages or decrypted challenges."""

    requests: Sequence[bytes]
    proofs: Sequence[bytes]
    terms_accepted: bool
    terms_version: str


def submit(
    db: sqlite3.Connection, sandbox: Sandbox, enrollment: Enrollment, submission: Submission, now: datetime
) -> bytes | None:
    """Return the certs-only PKCS#7, or None while the back office holds it.

    Repeating it returns what was issued the first time, without a new code and without a second issue.
    """
    hashes = tuple(hashlib.sha256(request).hexdigest() for request in submission.requests)
    if hashes != enrollment.body.request_hashes:
        raise Refusal(HASH_MISMATCH)
    if enrollment.state in {"created", "ended"}:
        raise Refusal(FACTOR_NEEDED if enrollment.state == "created" else ENROLLMENT_ENDED)
    if enrollment.state == "verified":
        _accept(db, sandbox, enrollment, submission, now)
    return result(db, sandbox, enrollment, now)


def result(db: sqlite3.Connection, sandbox: Sandbox, enrollment: Enrollment, now: datetime) -> bytes | None:
    """Return the certs-only PKCS#7, issuing it now if it was accepted and nothing holds it; None while held.

    ``NOTHING`` before it was accepted, and once it is revoked or over (3-31).
    """
    if enrollment.pkcs7 is not None:
        issued = certificates.of_enrollment(db, enrollment.id)
        if any(each.revoked not in (None, HOLD) or now > each.not_after for each in issued):
            raise Refusal(NOTHING)
        return enrollment.pkcs7
    row = db.execute("SELECT requests FROM enrollments WHERE id = ?", (enrollment.id,)).fetchone()
    if row["requests"] is None:
        raise Refusal(NOTHING)
    if back_office.is_held(db):
        return None
    return _issue(db, sandbox, enrollment, [base64.b64decode(request) for request in json.loads(row["requests"])], now)


def _issue(
    db: sqlite3.Connection, sandbox: Sandbox, enrollment: Enrollment, requests: Sequence[bytes], now: datetime
) -> bytes:
    keys = _keys(db, requests, sandbox.profile.key.bits)
    old = [certificates.find(db, serial) for serial in enrollment.body.old_serials]
    old_end = max((each.not_after for each in old if each is not None), default=None)
    end = end_of_validity(now, sandbox.profile.validity, old_end)
    wanted = enrollment.wanted
    holder = certificates.Holder(enrollment.person, wanted.cn, wanted.device, wanted.email)
    issued = [
        certificates.issue(
            db,
            sandbox,
            holder,
            key,
            usage=usage,
            not_before=now,
            not_after=end,
            enrollment=enrollment.id,
            position=position,
        )
        for position, (key, usage) in enumerate(zip(keys, enrollment.body.usages, strict=True))
    ]
    answer = pkcs7.serialize_certificates([*issued, *sandbox.authority.chain], Encoding.DER)
    db.execute("UPDATE enrollments SET state = 'issued', pkcs7 = ? WHERE id = ?", (answer, enrollment.id))
    return answer


def _accept(
    db: sqlite3.Connection, sandbox: Sandbox, enrollment: Enrollment, submission: Submission, now: datetime
) -> None:
    """Check everything and keep the requests; what is kept here will be issued."""
    body = enrollment.body
    if not submission.terms_accepted or submission.terms_version != terms.of(sandbox.profile.id).version:
        raise Refusal(TERMS)
    _keys(db, submission.requests, sandbox.profile.key.bits)
    if body.registration:
        registrations.find_open(db, enrollment.person, body.registration, body.action)
        registrations.use(db, body.registration)
    old = old_certificates(db, sandbox.profile, enrollment.person, body, now)
    if len(submission.proofs) != len(old):
        raise Refusal(BAD_PROOF)
    for proof, certificate in zip(submission.proofs, old, strict=True):
        if certificate.usage == "encrypt":
            challenge.check(db, enrollment.id, certificate, proof)
        else:
            check_proof(proof, certificate.der, UUID(enrollment.id), enrollment.nonce, submission.requests)
    requests = json.dumps([base64.b64encode(request).decode() for request in submission.requests])
    db.execute("UPDATE enrollments SET state = 'pending', requests = ? WHERE id = ?", (requests, enrollment.id))


def _keys(db: sqlite3.Connection, requests: Sequence[bytes], bits: int) -> list[rsa.RSAPublicKey]:
    """Return the public keys to certify, each proven by its request's own signature and never certified before."""
    keys: list[rsa.RSAPublicKey] = []
    for request in requests:
        key = _public_key(request, bits)
        if key in keys or certificates.is_certified(db, key):
            raise Refusal(KEY_USED)
        keys.append(key)
    return keys


def _public_key(request: bytes, bits: int) -> rsa.RSAPublicKey:
    try:
        parsed = x509.load_der_x509_csr(request)
        key = parsed.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size != bits:
            raise Refusal(KEY_NOT_FIT)
        if not parsed.is_signature_valid:
            raise Refusal(BAD_REQUEST)
    except (ValueError, TypeError) as error:
        raise Refusal(BAD_REQUEST) from error
    return key
