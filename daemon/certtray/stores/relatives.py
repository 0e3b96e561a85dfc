"""How certificates of one store belong together: what stands above one, and which share a key."""

from __future__ import annotations

from collections.abc import Iterable

from certtray.crypto.ber import Malformed
from certtray.crypto.der import facts
from certtray.crypto.path import DEEPEST


def above(der: bytes, others: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the authorities above a certificate among ``others``, the issuing one first, as far as names lead."""
    authorities = {}
    for each in others:
        try:
            certificate = facts(each)
        except Malformed:
            continue
        if certificate.is_ca:
            authorities[certificate.subject] = each
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
    for each in others:
        try:
            if each != der and facts(each).key_hash == key:
                return True
        except Malformed:
            continue
    return False
