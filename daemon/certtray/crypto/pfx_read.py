"""The certificates of a PFX, fast and without its private keys (DESIGN.md 6).

What is checked. The integrity check (MAC) costs more than all the rest, so it is left out where the file proves the
dates by itself: OpenSSL, NSS and ``cryptography`` label a key with the SHA-1 of its certificate, so a certificate that
matches such a label is as it was written. Any other file must pass its MAC under the password that opened it, or is
``DamagedFile``. A change in a private key's ciphertext or in an authority's certificate is therefore found only by
``open_pfx``, which everything that uses a key goes through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha1

from certtray.core.certificate import Certificate
from certtray.core.errors import DamagedFile, PasswordNeeded, WrongPassword
from certtray.core.secret import Secret
from certtray.crypto.container import Bag, Container, Safe, read_bags, read_container, write_container
from certtray.crypto.content import FileContent, holdings, likely_owners
from certtray.crypto.der import facts
from certtray.crypto.passwords import EMPTY
from certtray.crypto.pbe import Unsupported

Found = tuple[list[tuple[Certificate, bytes]], list[int]]
"""Certificates with their DER, and the positions of those whose key is in the file."""


def read_pfx(data: bytes, path: str, passwords: Sequence[Secret]) -> FileContent:
    """Return a PFX's certificates; raises as ``read_certificates``, and ``Malformed`` and ``Unsupported``."""
    container = read_container(data)
    locked = [safe for safe in container.safes if safe.scheme]
    clear = [bag for safe in container.safes if not safe.scheme for bag in read_bags(safe.content)]
    if not locked:
        certificates, owners = _pair(clear)
        return FileContent("pfx", holdings(certificates, owners))
    for at, password in enumerate([*passwords, EMPTY]):
        found = _open_quickly(clear, locked, password) or _open(container, clear, locked, password, path)
        if found:
            return FileContent("pfx", holdings(*found), at if at < len(passwords) else None)
    raise _why_not(container, locked, clear, path, passwords)


def _open_quickly(clear: list[Bag], locked: list[Safe], password: Secret) -> Found | None:
    """Let ``cryptography`` open old-style safes, whose key derivation is slow in Python.

    It returns certificates without their labels, so this is only for files whose keys lie outside and are all labelled
    by a certificate's SHA-1; anything else, a failure included, is left to ``_open``.
    """
    labels = {bag.local_key_id for bag in clear if bag.is_key}
    if not labels or any(label is None or len(label) != 20 for label in labels):
        return None
    if not all(safe.scheme and safe.scheme.legacy for safe in locked):
        return None
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

    stripped = write_container([safe.content_info for safe in locked])
    try:
        loaded = load_pkcs12(stripped, password.reveal().encode())
    except ValueError:
        return None
    if loaded.key is not None:
        return None
    ders = [der for bag in clear if (der := bag.certificate) is not None]
    ders += [extra.certificate.public_bytes(Encoding.DER) for extra in loaded.additional_certs]
    certificates = [(facts(der), der) for der in ders]
    owners = [at for at, (_, der) in enumerate(certificates) if _label(der) in labels]
    return (certificates, owners) if _proven(certificates, owners) else None


def _open(container: Container, clear: list[Bag], locked: list[Safe], password: Secret, path: str) -> Found | None:
    """Open every safe ourselves; None where this password does not."""
    opened = [safe.scheme.decrypt(safe.content, password) for safe in locked if safe.scheme]
    contents = [content for content in opened if content is not None]
    if len(contents) < len(locked):
        return None
    bags = [*clear, *(bag for content in contents for bag in read_bags(content))]
    certificates, owners = _pair(bags)
    labels = {bag.local_key_id for bag in bags if bag.is_key}
    proven = _proven(certificates, [at for at, (_, der) in enumerate(certificates) if _label(der) in labels])
    if not proven and container.mac and not container.mac.verifies(container.content, password):
        raise DamagedFile(path=path, reason="MAC")
    return certificates, owners


def _pair(bags: list[Bag]) -> Found:
    """Return the certificates of ``bags``, tied to keys by localKeyId; keys without one by ``likely_owners``."""
    with_bags = [(bag, der) for bag in bags if (der := bag.certificate) is not None]
    certificates = [(facts(der), der) for _, der in with_bags]
    keys = [bag.local_key_id for bag in bags if bag.is_key]
    ids = [bag.local_key_id for bag, _ in with_bags]
    owners = [at for at, local_key_id in enumerate(ids) if local_key_id is not None and local_key_id in keys]
    loose = sum(1 for local_key_id in keys if local_key_id is None or local_key_id not in ids)
    return certificates, owners + likely_owners([certificate for certificate, _ in certificates], loose, owners)


def _label(der: bytes) -> bytes:
    return sha1(der, usedforsecurity=False).digest()


def _proven(certificates: list[tuple[Certificate, bytes]], labelled: list[int]) -> bool:
    """Return whether every certificate but the authorities' matches a key's label."""
    return bool(labelled) and all(facts.is_ca or at in labelled for at, (facts, _) in enumerate(certificates))


def _why_not(
    container: Container, locked: list[Safe], clear: list[Bag], path: str, passwords: Sequence[Secret]
) -> PasswordNeeded | WrongPassword | DamagedFile:
    """Return the error for a file that no password opened: the MAC tells a wrong password from a damaged file."""
    try:
        mac, mac_name = container.mac, ""
    except Unsupported as unknown:
        if passwords:
            raise
        mac, mac_name = None, str(unknown)
    if mac and any(mac.verifies(container.content, password) for password in [*passwords, EMPTY]):
        return DamagedFile(path=path, reason="ciphertext")
    if passwords:
        return WrongPassword(path=path)
    return PasswordNeeded(path=path, **dict(_protection(locked, clear, mac.name if mac else mac_name)))


def _protection(locked: list[Safe], clear: list[Bag], mac: str) -> Iterator[tuple[str, str | int]]:
    """Yield what a locked file shows of itself: encryption, MAC ("" for none), and how many keys can be counted."""
    yield "encryption", "; ".join(dict.fromkeys(safe.scheme.name for safe in locked if safe.scheme))
    yield "mac", mac
    yield "keys", sum(bag.is_key for bag in clear)
