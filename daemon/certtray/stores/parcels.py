"""What Windows and macOS share: a parcel as the PFX that a system takes or gives, and what of it is in a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from secrets import token_urlsafe

from certtray.core.errors import CertificateGone, CertTrayError, StoreRefused
from certtray.core.secret import Secret
from certtray.core.store import Held, Store
from certtray.crypto.ber import Malformed
from certtray.crypto.der import facts
from certtray.crypto.keys import load_pkcs8, pkcs8
from certtray.crypto.pfx import KeyPair, open_pfx
from certtray.crypto.pfx_write import write_pfx
from certtray.stores.base import Parcel
from certtray.stores.relatives import above


def passing_password() -> Secret:
    """Return a password for a PFX that lives for one call only."""
    return Secret(token_urlsafe(24))


def to_pfx(parcel: Parcel, password: Secret) -> bytes:
    """Return the pair as a PFX of 3DES and SHA-1, the one kind that every Windows and macOS reads (STACK.md A5, A6).

    The authorities stay out: they are put one by one, each to where the system keeps such.
    """
    pair = KeyPair(load_pkcs8(parcel.pkcs8()), facts(parcel.certificate), parcel.certificate, parcel.name or None)
    return write_pfx([pair], (), password, compatible=True)


def from_pfx(data: bytes, password: Secret, fingerprint: str, candidates: Iterable[bytes], store: Store) -> Parcel:
    """Return one pair of a PFX that a system wrote, with what is above it; StoreRefused where it is not in there."""
    try:
        pairs = open_pfx(data, password, store.label).pairs
    except CertTrayError as error:
        raise StoreRefused(store=store.label, reason=error.code) from None
    for pair in pairs:
        if pair.certificate.fingerprint == fingerprint:
            return Parcel.of(pair.der, pkcs8(pair.private_key), above(pair.der, candidates))
    raise StoreRefused(store=store.label, reason="key-missing")


def higher(own: Iterable[bytes], candidates: Sequence[bytes]) -> list[bytes]:
    """Return the ``candidates`` above any of ``own``, each once."""
    found: dict[bytes, None] = {}
    for der in own:
        with suppress(Malformed):
            found |= dict.fromkeys(above(der, candidates))
    return list(found)


def find(store: Store, held: Iterable[Held], fingerprint: str) -> Held:
    """Return the one that is meant; CertificateGone."""
    for each in held:
        if sha256(each.der).hexdigest() == fingerprint:
            return each
    raise CertificateGone(store=store.label)


def missing(parcel: Parcel, held: Iterable[Held]) -> list[bytes]:
    """Return which of a parcel's certificates are not there, its own also where its key is not beside it."""
    there = {each.der: each.has_key for each in held}
    own = [] if there.get(parcel.certificate) else [parcel.certificate]
    return own + [der for der in parcel.authorities if der not in there]
