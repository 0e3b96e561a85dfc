"""Certificate facts, paths and times as the values SQLite keeps."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

from certtray.core.certificate import DN, Certificate, Usage

COLUMNS = "fingerprint, serial, subject, issuer, not_before, not_after, usage, key_hash, is_ca"
"""Columns of a certificate in the order of ``certificate_row``."""

CertificateRow = tuple[str, str, str, str, int, int, str, str, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def certificate_row(certificate: Certificate) -> CertificateRow:
    """Return the facts as columns; X.509 times are whole seconds, serials may have 160 bits and a sign."""
    return (
        certificate.fingerprint,
        f"{certificate.serial:x}",
        json.dumps(certificate.subject),
        json.dumps(certificate.issuer),
        seconds(certificate.not_before),
        seconds(certificate.not_after),
        certificate.usage.value,
        certificate.key_hash,
        int(certificate.is_ca),
    )


def certificate_from(row: CertificateRow) -> Certificate:
    """Return what ``certificate_row`` was given."""
    fingerprint, serial, subject, issuer, not_before, not_after, usage, key_hash, is_ca = row
    return Certificate(
        fingerprint=fingerprint,
        serial=int(serial, 16),
        subject=_name(subject),
        issuer=_name(issuer),
        not_before=moment(not_before),
        not_after=moment(not_after),
        usage=Usage(usage),
        key_hash=key_hash,
        is_ca=bool(is_ca),
    )


def seconds(at: datetime) -> int:
    """Return whole seconds since 1970, rounded down; negative before."""
    return (at - _EPOCH) // _SECOND


def moment(at: int) -> datetime:
    """Return the aware UTC time of ``seconds``."""
    return _EPOCH + timedelta(seconds=at)


def stored_path(path: str) -> str | bytes:
    """Return a path as SQLite takes it: bytes where a file name is not valid text (surrogate escapes)."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def path_from(stored: str | bytes) -> str:
    """Return a path as ``stored_path`` stored it."""
    return os.fsdecode(stored) if isinstance(stored, bytes) else stored


def _name(text: str) -> DN:
    return tuple((attribute, value) for attribute, value in json.loads(text))
