"""The integrity check of a PFX: HMAC under a key derived from the password (RFC 7292 4 and B), or PBMAC1 (RFC 9579)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from os import urandom
from typing import Final

from certtray.core.secret import Secret
from certtray.crypto.ber import INTEGER, OCTET_STRING, SEQUENCE, Malformed, Node, wrap, write_integer, write_oid
from certtray.crypto.passwords import bmp_forms, plain_forms
from certtray.crypto.pbe import (
    HMACS,
    MAX_LEGACY_ROUNDS,
    MAX_SALT,
    Unsupported,
    checked_rounds,
    key_derivation,
    pkcs12_kdf,
)

_PBMAC1: Final = "1.2.840.113549.1.5.14"
_DIGESTS: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_OIDS: Final = {digest: oid for oid, digest in _DIGESTS.items()}


@dataclass(frozen=True, slots=True)
class Mac:
    """A PFX's integrity check, ready to be tried under a password."""

    name: str
    rounds: int
    digest: str
    value: bytes
    legacy: bool
    derive: Callable[[bytes], bytes]

    def verifies(self, content: bytes, password: Secret) -> bool:
        """Return whether ``content`` is what was written under this password."""
        forms = bmp_forms(password) if self.legacy else plain_forms(password)
        macs = (hmac.digest(self.derive(form), content, self.digest) for form in forms)
        return any(hmac.compare_digest(mac, self.value) for mac in macs)


def read_mac(data: Node) -> Mac:
    """Return the check of a MacData; raise ``Unsupported`` or ``Malformed``."""
    info, salt_node, *rest = data.children(at_least=2)
    algorithm, value = info.children(at_least=2)[:2]
    identifier, *parameters = algorithm.children(at_least=1)
    oid, mac = identifier.oid(), value.string()
    if oid == _PBMAC1:
        return _read_pbmac1(parameters, mac)
    if oid not in _DIGESTS:
        raise Unsupported(f"MAC {oid}")
    digest, salt = _DIGESTS[oid], salt_node.string()
    rounds = checked_rounds(rest[0], MAX_LEGACY_ROUNDS) if rest else 1
    if len(salt) > MAX_SALT:
        raise Unsupported(f"{len(salt)} octets of salt")
    size = hashlib.new(digest).digest_size
    if len(mac) != size:
        raise Malformed("MAC")

    def derive(password: bytes) -> bytes:
        return pkcs12_kdf(digest, password, salt, rounds, purpose=3, size=size)

    return Mac(f"HMAC {digest}, {rounds} rounds", rounds, digest, mac, True, derive)


def _read_pbmac1(parameters: list[Node], mac: bytes) -> Mac:
    if not parameters:
        raise Malformed("PBMAC1 without parameters")
    derivation, authentication = parameters[0].children(at_least=2)[:2]
    oid = authentication.children(at_least=1)[0].oid()
    if oid not in HMACS:
        raise Unsupported(f"PBMAC1 with {oid}")
    digest = HMACS[oid]
    name, rounds, stretch = key_derivation(derivation)
    stated = [node.integer() for node in derivation.children(at_least=2)[1].inside() if node.tag == INTEGER][1:]
    size = stated[0] if stated and 0 < stated[0] <= 128 else hashlib.new(digest).digest_size
    return Mac(f"PBMAC1 {digest}, {name}", rounds, digest, mac, False, lambda password: stretch(password, size))


def write_mac(content: bytes, password: Secret, digest: str, rounds: int) -> bytes:
    """Return the DER of a MacData over ``content``."""
    salt, size = urandom(16), hashlib.new(digest).digest_size
    key = pkcs12_kdf(digest, next(bmp_forms(password)), salt, rounds, purpose=3, size=size)
    algorithm = wrap(SEQUENCE, write_oid(_OIDS[digest]), b"\x05\x00")
    info = wrap(SEQUENCE, algorithm, wrap(OCTET_STRING, hmac.digest(key, content, digest)))
    return wrap(SEQUENCE, info, wrap(OCTET_STRING, salt), write_integer(rounds))
