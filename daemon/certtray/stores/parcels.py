"""Between a parcel and the PFX that a system takes or gives, and which authorities belong above a certificate."""

from __future__ import annotations

from collections.abc import Iterable
from secrets import token_urlsafe

from certtray.core.certificate import Certificate
from certtray.core.errors import CertTrayError, StoreRefused
from certtray.core.secret import Secret
from certtray.core.store import Held, Reading, Store
from certtray.crypto.ber import Malformed
from certtray.crypto.der import facts
from certtray.crypto.keys import load_pkcs8, pkcs8
from certtray.crypto.pfx import KeyPair, open_pfx
from certtray.crypto.pfx_write import write_pfx
from certtray.stores.base import Parcel


def passing_password() -> Secret:
    """Return a password for a PFX that lives for one call only."""
    return Secret(token_urlsafe(24))


def to_pfx(parcel: Parcel, password: Secret) -> bytes:
    """Return the pair as a PFX of 3DES and SHA-1, the one kind that every Windows and macOS reads (STACK.md A5, A6).

    The authorities stay out: they are put one by one, each to where the system keeps such.
    """
    pair = KeyPair(load_pkcs8(parcel.pkcs8()), facts(parcel.certificate), parcel.certificate)
    return write_pfx([pair], (), password, compatible=True)


def from_pfx(data: bytes, password: Secret, fingerprint: str, candidates: Iterable[bytes], store: Store) -> Parcel:
    """Return one pair of a PFX that a system wrote, with what is above it; StoreRefused where it is not in there."""
    try:
        pairs = open_pfx(data, password, store.label).pairs
    except CertTrayError as error:
        raise StoreRefused(store=store.label, reason=error.code) from None
    for pair in pairs:
        if pair.certificate.fingerprint == fingerprint:
            return Parcel.of(pair.der, pkcs8(pair.private_key), above([pair.der], candidates))
    raise StoreRefused(store=store.label, reason="key-missing")


def above(certificates: Iterable[bytes], candidates: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the ``candidates`` above ``certificates`` (DER), the issuing ones first, each once.

    By names alone: nothing is trusted for it. What is no certificate is left out.
    """
    known = [(found, der) for der in dict.fromkeys(candidates) if (found := _facts(der)) and _issues(found)]
    seeking = {found.issuer for der in certificates if (found := _facts(der))}
    met: dict[bytes, None] = {}
    while seeking:
        fresh = [(found, der) for found, der in known if found.subject in seeking and der not in met]
        met |= dict.fromkeys(der for _, der in fresh)
        seeking = {found.issuer for found, _ in fresh}
    return tuple(met)


def missing(parcel: Parcel, reading: Reading) -> list[bytes]:
    """Return which of a parcel's certificates are not there, its own also where its key is not beside it."""
    held = {each.der: each for each in reading.held}
    pair: Held | None = held.get(parcel.certificate)
    own = [] if pair and pair.has_key else [parcel.certificate]
    return own + [der for der in parcel.authorities if der not in held]


def _facts(der: bytes) -> Certificate | None:
    try:
        return facts(der)
    except Malformed:
        return None


def _issues(certificate: Certificate) -> bool:
    return certificate.is_ca or certificate.subject == certificate.issuer  # roots older than the extension
