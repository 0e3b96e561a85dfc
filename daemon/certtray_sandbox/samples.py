"""Certificates with any dates, entered in the RA's register so that they can be renewed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certtray_sandbox import certificates
from certtray_sandbox.home import open_sandbox


def issue_sample(
    folder: Path,
    person_id: str,
    not_before: datetime,
    not_after: datetime,
    key: rsa.RSAPublicKey,
    *,
    usage: certificates.Usage = "both",
) -> list[bytes]:
    """Certify ``key`` for one of the sandbox's people; return DER certificates: holder, intermediate, root.

    Times are aware; the server may be running. A key can be certified once (``sqlite3.IntegrityError``).
    """
    sandbox = open_sandbox(folder)
    with sandbox.store.transaction() as db:
        leaf = certificates.issue(
            db, sandbox.authority, person_id, key, usage=usage, not_before=not_before, not_after=not_after
        )
    return [certificate.public_bytes(Encoding.DER) for certificate in (leaf, *sandbox.authority.chain)]
