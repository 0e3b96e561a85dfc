"""The facts of one X.509 certificate (RFC 5280) that the rest of the program reasons about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

DN = tuple[tuple[str, str], ...]
"""A distinguished name as (attribute, value) pairs in encoded order; attribute is CN, OU, O, C … or a dotted OID."""


class Usage(StrEnum):
    """What a certificate is for; one certificate may do both (4-26), a pair does one each (3-04)."""

    SIGN = "sign"
    ENCRYPT = "encrypt"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Facts of one certificate; times are aware UTC, hashes are lower-case hex of SHA-256."""

    fingerprint: str
    serial: int
    subject: DN
    issuer: DN
    not_before: datetime
    not_after: datetime
    usage: Usage
    key_hash: str
    """SHA-256 of the SubjectPublicKeyInfo: equal for a certificate and its private key."""
    is_ca: bool

    @property
    def subject_cn(self) -> str:
        """The last common name of the subject, or the whole name where there is none."""
        return common_name(self.subject)

    @property
    def issuer_cn(self) -> str:
        """The last common name of the issuer, or the whole name where there is none."""
        return common_name(self.issuer)

    @property
    def serial_hex(self) -> str:
        """Upper-case hex, at least 8 digits, as brokers print it (0-16)."""
        return f"{self.serial:08X}"


def common_name(name: DN) -> str:
    """Return the last CN of ``name``; without one, the whole name as ``C=TW, O=…``."""
    names = [value for attribute, value in name if attribute == "CN"]
    return names[-1] if names else ", ".join(f"{attribute}={value}" for attribute, value in name)
