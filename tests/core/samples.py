"""Certificate facts without bytes, for tests of rules that look at facts alone."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from certtray.core.certificate import DN, Certificate, Usage

ISSUER: DN = (("C", "TW"), ("O", "TAIWAN-CA.COM Inc."), ("CN", "TaiCA Secure CA - Evaluation Only"))


def utc(*parts: int) -> datetime:
    """An aware UTC time from its parts."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def make(
    cn: str = "A123456789-00-00::PCC005",
    *,
    serial: int = 0x7E0445FC,
    not_before: datetime | None = None,
    not_after: datetime = datetime(2026, 3, 15, 15, 59, 59, tzinfo=UTC),
    usage: Usage = Usage.BOTH,
    issuer: DN = ISSUER,
    ous: tuple[str, ...] = ("RA-SinoPac", "SinoPac Group"),
    is_ca: bool = False,
) -> Certificate:
    """A broker's certificate, valid for two years until the end of 15 March 2026 in Taiwan."""
    start = not_before if not_before is not None else not_after - timedelta(days=730)
    subject = (("C", "TW"), ("O", "TaiCA Secure CA"), *(("OU", unit) for unit in ous), ("CN", cn))
    named = f"{cn}|{serial}|{start}|{not_after}|{usage}|{issuer}|{ous}".encode("utf-8", "surrogatepass")
    return Certificate(
        fingerprint=hashlib.sha256(named).hexdigest(),
        serial=serial,
        subject=subject,
        issuer=issuer,
        not_before=start,
        not_after=not_after,
        usage=usage,
        key_hash=hashlib.sha256(b"key" + named).hexdigest(),
        is_ca=is_ca,
    )
