"""Newest and renewed, within an identity (DESIGN.md 4.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from certtray.core.certificate import Certificate
from certtray.core.identity import Identity, identity


def by_identity(certificates: Iterable[Certificate]) -> dict[Identity, list[Certificate]]:
    """Sort certificates into groups that stand for the same thing."""
    groups: defaultdict[Identity, list[Certificate]] = defaultdict(list)
    for certificate in certificates:
        groups[identity(certificate)].append(certificate)
    return dict(groups)


def newest(group: Iterable[Certificate], host_serial: int | None = None) -> Certificate | None:
    """Return the newest of one identity; the serial the host names wins over any date (0-18)."""
    return max(group, key=lambda certificate: _age(certificate, host_serial), default=None)


def renewed_by(
    certificate: Certificate, group: Sequence[Certificate], now: datetime, host_serial: int | None = None
) -> Certificate | None:
    """Return the newest one that is newer than ``certificate`` and whose validity has begun, or None.

    A fresh certificate may start only tomorrow; until then the old one is what the person trades with (Shioaji
    issue 153). One that began and has ended since still replaces: only the newest is worth a word.
    """
    own = _age(certificate, host_serial)
    begun = [other for other in group if other.not_before <= now and _age(other, host_serial) > own]
    return newest(begun, host_serial)


def _age(certificate: Certificate, host_serial: int | None) -> tuple[bool, datetime, datetime]:
    return certificate.serial == host_serial, certificate.not_after, certificate.not_before
