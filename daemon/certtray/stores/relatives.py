"""How certificates of one store belong together: what stands above one, which share a key; what is none at all."""

from __future__ import annotations

from collections.abc import Iterable

from certtray.core.certificate import Certificate
from certtray.crypto.ber import Malformed
from certtray.crypto.der import facts
from certtray.crypto.path import DEEPEST


def above(der: bytes, others: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the authorities above a certificate among ``others``, the issuing one first, as far as names lead."""
    authorities = {
        certificate.subject: each for each in others if (certificate := understood(each)) and certificate.is_ca
    }
    found: list[bytes] = []
    current = facts(der)
    while current.issuer != current.subject and len(found) < DEEPEST:
        issuer = authorities.get(current.issuer)
        if issuer is None or issuer in found:
            break
        found.append(issuer)
        current = facts(issuer)
    return tuple(found)


def shares_key(der: bytes, others: Iterable[bytes]) -> bool:
    """Say whether another certificate among ``others`` has the same key: renewed without a new one."""
    key = facts(der).key_hash
    return any(each != der and (other := understood(each)) and other.key_hash == key for each in others)


def understood(der: bytes) -> Certificate | None:
    """Return the certificate; None for what a store holds and we cannot read."""
    try:
        return facts(der)
    except Malformed:
        return None
