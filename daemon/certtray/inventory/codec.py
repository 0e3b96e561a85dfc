"""Certificate facts, paths and times as the values SQLite keeps."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from certtray.core.certificate import DN, Certificate, Usage
from certtray.core.identity import Identity
from certtray.core.revocation import Standing, Verdict

COLUMNS = "fingerprint, serial, subject, issuer, not_before, not_after, usage, key_hash, is_ca"
"""Columns of a certificate in the order of ``certificate_row``."""

CertificateRow = tuple[str, str, str, str, int, int, str, str, int]
VerdictRow = tuple[str, str, int | None, str, int | None, int | None]

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


def verdict_row(verdict: Verdict) -> VerdictRow:
    """Return a verdict as columns."""
    times = [None if each is None else seconds(each) for each in (verdict.since, verdict.asked, verdict.until)]
    return verdict.standing.value, verdict.reason, times[0], verdict.source, times[1], times[2]


def verdict_from(row: tuple[Any, ...]) -> Verdict | None:
    """Return what ``verdict_row`` was given; None for a row of nothing."""
    standing, reason, since, source, asked, until = row
    if standing is None:
        return None
    times = [None if each is None else moment(each) for each in (since, asked, until)]
    return Verdict(Standing(standing), reason, times[0], source, times[1], times[2])


def stored_identity(identity: Identity) -> str:
    """Return an identity as one text."""
    return json.dumps([identity.holder, identity.suffix, identity.issuer_cn, identity.usage, identity.ra])


def identity_from(text: str) -> Identity:
    """Return what ``stored_identity`` was given."""
    holder, suffix, issuer_cn, usage, ra = json.loads(text)
    return Identity(holder, suffix, issuer_cn, Usage(usage), ra)


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


@lru_cache(maxsize=1024)  # a look reads the same names again, and equal ones need lie in memory once
def _name(text: str) -> DN:
    return tuple((attribute, value) for attribute, value in json.loads(text))
