"""PFX files written: any number of key pairs, and a new password for a file with every bag kept (RFC 7292)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha1
from typing import Final

from certtray.core.secret import Secret
from certtray.crypto.ber import OCTET_STRING, SEQUENCE, SET, wrap, write_integer, write_oid
from certtray.crypto.container import (
    CERTIFICATE_BAG,
    DATA,
    ENCRYPTED_DATA,
    FRIENDLY_NAME,
    KEY_BAG,
    LOCAL_KEY_ID,
    SHROUDED_KEY_BAG,
    X509_CERTIFICATE,
    read_bags,
    write_authenticated,
    write_container,
    write_content_info,
)
from certtray.crypto.files import named_errors
from certtray.crypto.keys import pkcs8
from certtray.crypto.mac import write_mac
from certtray.crypto.pfx import KeyPair, read, unlock
from certtray.crypto.seal import COMPATIBLE_ROUNDS, ROUNDS, seal, seal_pkcs8

_BMP_STRING: Final = 0x1E


def write_pfx(pairs: Sequence[KeyPair], others: Iterable[bytes], password: Secret, *, compatible: bool) -> bytes:
    """Return a PFX of ``pairs`` and the DER certificates ``others``, keeping names and labels.

    AES-256 and SHA-256 with 600,000 rounds; ``compatible``: 3DES and SHA-1 with 2,048, the only ones old brokers'
    programs read. A missing or repeated localKeyId becomes the certificate's SHA-1, as OpenSSL labels.
    """
    certificates, keys = [], []
    given = [pair.local_key_id for pair in pairs]
    for pair in pairs:
        label = pair.local_key_id
        if label is None or given.count(label) > 1:
            label = sha1(pair.der, usedforsecurity=False).digest()
        attributes = _attributes(pair.friendly_name, label)
        certificates.append(_certificate_bag(pair.der, attributes))
        shrouded = seal_pkcs8(pkcs8(pair.private_key), password, compatible=compatible)
        keys.append(_bag(SHROUDED_KEY_BAG, shrouded, attributes))
    certificates += [_certificate_bag(der) for der in others]
    infos = [_encrypted_safe(certificates, password, compatible), _clear_safe(keys)]
    return _with_mac(infos, password, compatible)


def change_password(data: bytes, old: Secret, new: Secret, path: str, *, compatible: bool) -> bytes:
    """Return the PFX under ``new``: every safe, bag and attribute kept, a key that lay there clear now encrypted.

    Raises as ``open_pfx`` but for ``KeyMissing``. A nested safe's bags move up into the safe around it.
    """
    with named_errors(path):
        container = read(data, path)
        opened = unlock(container, old, path)
        keys, infos = iter(opened.keys), []
        for safe, clear in zip(container.safes, opened.safes, strict=True):
            bags = list(_resealed(clear, keys, new, compatible))
            infos.append(_clear_safe(bags) if safe.scheme is None else _encrypted_safe(bags, new, compatible))
        return _with_mac(infos, new, compatible)


def _resealed(clear: bytes, keys: Iterator[bytes], password: Secret, compatible: bool) -> Iterator[bytes]:
    for bag in read_bags(clear):
        if bag.kind in (KEY_BAG, SHROUDED_KEY_BAG):
            yield _bag(SHROUDED_KEY_BAG, seal_pkcs8(next(keys), password, compatible=compatible), bag.raw_attributes)
        else:
            yield _bag(bag.kind, bag.value.raw, bag.raw_attributes)


def _bag(kind: str, value: bytes, attributes: bytes = b"") -> bytes:
    return wrap(SEQUENCE, write_oid(kind), wrap(0xA0, value), attributes)


def _certificate_bag(der: bytes, attributes: bytes = b"") -> bytes:
    value = wrap(SEQUENCE, write_oid(X509_CERTIFICATE), wrap(0xA0, wrap(OCTET_STRING, der)))
    return _bag(CERTIFICATE_BAG, value, attributes)


def _attributes(friendly_name: str | None, local_key_id: bytes) -> bytes:
    found = [_attribute(LOCAL_KEY_ID, wrap(OCTET_STRING, local_key_id))]
    if friendly_name:
        found.append(_attribute(FRIENDLY_NAME, wrap(_BMP_STRING, friendly_name.encode("utf-16-be", "replace"))))
    return wrap(SET, *sorted(found))  # DER sorts a SET OF (X.690 11.6)


def _attribute(oid: str, value: bytes) -> bytes:
    return wrap(SEQUENCE, write_oid(oid), wrap(SET, value))


def _clear_safe(bags: list[bytes]) -> bytes:
    return write_content_info(DATA, wrap(OCTET_STRING, wrap(SEQUENCE, *bags)))


def _encrypted_safe(bags: list[bytes], password: Secret, compatible: bool) -> bytes:
    sealed = seal(wrap(SEQUENCE, *bags), password, compatible=compatible)
    content = wrap(SEQUENCE, write_oid(DATA), sealed.algorithm, wrap(0x80, sealed.ciphertext))
    return write_content_info(ENCRYPTED_DATA, wrap(SEQUENCE, write_integer(0), content))


def _with_mac(infos: list[bytes], password: Secret, compatible: bool) -> bytes:
    digest, rounds = ("sha1", COMPATIBLE_ROUNDS) if compatible else ("sha256", ROUNDS)
    return write_container(infos, write_mac(write_authenticated(infos), password, digest, rounds))
