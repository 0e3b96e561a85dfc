"""Certificates with any dates, entered in the RA's register so that they can be renewed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certtray_sandbox import certificates, people
from certtray_sandbox.desks import Device
from certtray_sandbox.home import FIRST, open_sandbox


def issue_sample(
    folder: Path,
    person_id: str,
    not_before: datetime,
    not_after: datetime,
    key: rsa.RSAPublicKey,
    *,
    usage: certificates.Usage = "both",
    profile: str = FIRST,
    device: Device | None = None,
) -> list[bytes]:
    """Certify ``key`` for one of the sandbox's people; return DER certificates: holder, intermediate, root.

    Times are aware; the server may be running. A key can be certified once (``sqlite3.IntegrityError``), and only for
    whom that RA knows (KeyError).
    """
    sandbox = open_sandbox(folder, profile)
    medium = device or sandbox.desk.devices[0]
    with sandbox.store.transaction() as db:
        if not people.is_known(db, person_id):
            raise KeyError(person_id)
        cn = sandbox.desk.common_name(person_id, medium, not_before)
        holder = certificates.Holder(person_id, cn, medium, people.mail_address(db, person_id))
        leaf = certificates.issue(db, sandbox, holder, key, usage=usage, not_before=not_before, not_after=not_after)
    return [certificate.public_bytes(Encoding.DER) for certificate in (leaf, *sandbox.authority.chain)]
