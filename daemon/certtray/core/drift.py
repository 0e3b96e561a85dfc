"""Drift: a store of the system or a browser that does not hold the newest certificate of an identity, with all it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from certtray.core.certificate import Certificate


class Cell(StrEnum):
    """How one store stands towards one identity; texts under ``drift.<value>``."""

    NEWEST = "newest"
    OLDER_VALID = "older_valid"
    EXPIRED_LEFT = "expired_left"
    MISSING = "missing"
    KEY_MISSING = "key_missing"
    ISSUING_CA_MISSING = "issuing_ca_missing"
    UNREADABLE = "unreadable"
    VIA_CARD = "via_card"
    """The key is on a card and cannot be in the store: never drift."""
    NOT_NEEDED = "not_needed"
    """Nothing of it is there, and none is in force that could be put there."""

    @property
    def drifts(self) -> bool:
        """Whether the store is not as it should be; of one that cannot be read nothing is known."""
        return self not in (Cell.NEWEST, Cell.UNREADABLE, Cell.VIA_CARD, Cell.NOT_NEEDED)


def wanted(group: Sequence[Certificate], now: datetime) -> Certificate:
    """Return the certificate of one identity that every store should hold: the newest whose validity has begun.

    Where none has begun yet it is the newest. ``group`` is not empty.
    """
    return max(_usable(group, now), key=_age)


def cell(
    group: Sequence[Certificate],
    held: Mapping[str, bool] | None,
    authorities: Iterable[Certificate],
    now: datetime,
    *,
    via_card: bool = False,
) -> Cell:
    """Return how a store stands towards the identity whose known certificates are ``group`` (not empty).

    ``held`` says, by fingerprint, what the store holds and whether with its key; None: it cannot be read.
    ``authorities`` are the authorities' certificates in the store. What is left over beside the newest is no drift: Chromium
    offers the newest, and a person is asked by Firefox (left to choose by itself it offers what it had first). One that has
    not begun yet neither helps nor hurts, unless there is no other.
    """
    if via_card:
        return Cell.VIA_CARD
    if held is None:
        return Cell.UNREADABLE
    target = wanted(group, now)
    here = [each for each in _usable(group, now) if each.fingerprint in held]
    if not here:
        return Cell.NOT_NEEDED if target.not_after < now else Cell.MISSING
    latest = max(here, key=lambda each: (_age(each), held[each.fingerprint]))
    if latest.not_after < now:
        return Cell.EXPIRED_LEFT
    if _age(latest) < _age(target):
        return Cell.OLDER_VALID
    if not held[latest.fingerprint]:
        return Cell.KEY_MISSING
    return Cell.NEWEST if _has_issuer(latest, authorities, now) else Cell.ISSUING_CA_MISSING


def _usable(group: Sequence[Certificate], now: datetime) -> Sequence[Certificate]:
    return [certificate for certificate in group if certificate.not_before <= now] or group


def _has_issuer(certificate: Certificate, authorities: Iterable[Certificate], now: datetime) -> bool:
    """Say whether what issued ``certificate`` is there; without it a browser may send no certificate (STACK.md A5)."""
    if certificate.issuer == certificate.subject:
        return True
    return any(each.is_ca and each.subject == certificate.issuer and now <= each.not_after for each in authorities)


def _age(certificate: Certificate) -> tuple[datetime, datetime]:
    return certificate.not_after, certificate.not_before
