"""Which certificates stand for the same thing: the old and the new one of a renewal, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from certtray.core.certificate import DN, Certificate, Usage, common_name
from certtray.core.cn import parse_cn

EVALUATION = "- EVALUATION ONLY"
"""What test CAs add to an organisational unit (FACTS.md 1.3)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What stays the same through a renewal.

    The whole DN is of no use: the signing and the encryption certificate of one person may have different subjects
    (2-15). The RA is part of it, because brokers share one CA and may number their customers' certificates alike.
    """

    holder: str
    suffix: str
    issuer_cn: str
    usage: Usage
    ra: str


def units(name: DN) -> frozenset[str]:
    """Return the OUs of ``name`` as an unordered set, upper case, without a test CA's addition."""
    values = (value.strip().upper().removesuffix(EVALUATION).rstrip() for attribute, value in name if attribute == "OU")
    return frozenset(values)


def holder_and_suffix(common_name: str) -> tuple[str, str]:
    """Split a CN into its holder, as TWCA's own script compares it, and the rest, which tells devices apart."""
    parsed = parse_cn(common_name)
    if parsed is not None:
        return parsed.number.lstrip("0"), parsed.suffix
    holder, dash, rest = common_name.strip().upper().partition("-")
    return holder.lstrip("0"), dash + rest


def identity(certificate: Certificate) -> Identity:
    """Return the identity of ``certificate`` (DESIGN.md 4.4)."""
    return _identity(certificate.subject, certificate.issuer, certificate.usage)


@lru_cache(maxsize=1024)  # every look asks for the same ones several times
def _identity(subject: DN, issuer: DN, usage: Usage) -> Identity:
    holder, suffix = holder_and_suffix(common_name(subject))
    ra = min((unit for unit in units(subject) if unit.startswith("RA-")), default="")
    return Identity(holder, suffix, common_name(issuer).strip().upper(), usage, ra)


def same_person(one: Certificate, other: Certificate) -> bool:
    """Say whether two certificates of one issuer name the same holder, whatever the device or usage."""
    first, second = identity(one), identity(other)
    return (first.holder, first.issuer_cn) == (second.holder, second.issuer_cn)


def is_mine(certificate: Certificate, has_key: bool) -> bool:
    """Say whether a certificate is worth a notice: its key lies somewhere, or it names a person or company."""
    return has_key or (not certificate.is_ca and parse_cn(certificate.subject_cn) is not None)
