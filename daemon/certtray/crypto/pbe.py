"""Password-based encryption of PKCS#12 files and PKCS#8 keys: RFC 7292 appendices B and C, and PBES2 of RFC 8018.

A scheme is read from its AlgorithmIdentifier before anything is tried, so an algorithm we cannot read is named instead
of looking like a wrong password, and the work a hostile file may ask for is capped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from certtray.core.secret import Secret
from certtray.crypto.ber import INTEGER, OCTET_STRING, OID, Malformed, Node, parse_whole
from certtray.crypto.ciphers import CIPHERS, LEGACY, Cipher, rc2_effective_bits
from certtray.crypto.passwords import bmp_forms, plain_forms

MAX_ROUNDS: Final = 5_000_000
"""Most PBKDF2 rounds a file may ask for, about a second; NSS writes 600,000, the highest met."""
MAX_LEGACY_ROUNDS: Final = 1_000_000
"""Most rounds of the PKCS#12 key derivation, which runs in Python; NSS writes 600,000 here too."""
MAX_SCRYPT_MEMORY: Final = 64 * 1024 * 1024
MAX_SALT: Final = 1024

PBES2: Final = "1.2.840.113549.1.5.13"
PBKDF2: Final = "1.2.840.113549.1.5.12"
SCRYPT: Final = "1.3.6.1.4.1.11591.4.11"
HMACS: Final = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.8": "sha224",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
    "1.2.840.113549.2.12": "sha512_224",
    "1.2.840.113549.2.13": "sha512_256",
}
_UNREADABLE_NAMES: Final = {
    "1.2.840.113549.1.5.3": "PBE-MD5-DES",
    "1.2.840.113549.1.5.6": "PBE-MD5-RC2-64",
    "1.2.840.113549.1.5.10": "PBE-SHA1-DES",
    "1.2.840.113549.1.5.11": "PBE-SHA1-RC2-64",
    "1.2.840.113549.1.12.1.1": "PBE-SHA1-RC4-128",
    "1.2.840.113549.1.12.1.2": "PBE-SHA1-RC4-40",
    "1.3.14.3.2.7": "DES-CBC",
    "1.2.392.200011.61.1.1.1.4": "CAMELLIA-256-CBC",
}


class Unsupported(ValueError):
    """This program does not read this algorithm; the text is its name, or its dotted OID."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one piece is encrypted under a password; ``legacy`` is the PKCS#12 key derivation with SHA-1."""

    name: str
    rounds: int
    legacy: bool
    cipher: Cipher
    derive: Callable[[bytes], tuple[bytes, bytes]]
    """From a password's octets to (key, iv)."""

    def decrypt(self, ciphertext: bytes, password: Secret) -> bytes | None:
        """Return the ASN.1 element inside, or None where this password does not open it.

        Besides the padding, the plaintext's outer length must be exact, which a wrong password meets once in 2³² tries.
        """
        for form in bmp_forms(password) if self.legacy else plain_forms(password):
            key, iv = self.derive(form)
            plaintext = self.cipher.decrypt(key, iv, ciphertext)
            if plaintext is not None and _is_one_element(plaintext):
                return plaintext
        return None


def _is_one_element(plaintext: bytes) -> bool:
    try:
        parse_whole(plaintext)
    except Malformed:
        return False
    return True


def scheme(algorithm: Node) -> Scheme:
    """Return the scheme of an AlgorithmIdentifier; raise ``Unsupported`` with its name, or ``Malformed``."""
    oid, parameters = _algorithm(algorithm)
    if oid == PBES2:
        return _pbes2(parameters)
    if oid not in LEGACY:
        raise Unsupported(_UNREADABLE_NAMES.get(oid, oid))
    cipher = LEGACY[oid]
    salt_node, rounds_node = _present(parameters).children(at_least=2)[:2]
    salt, rounds = _salt(salt_node), checked_rounds(rounds_node, MAX_LEGACY_ROUNDS)

    def derive(password: bytes) -> tuple[bytes, bytes]:
        key = pkcs12_kdf("sha1", password, salt, rounds, purpose=1, size=cipher.key_size)
        return key, pkcs12_kdf("sha1", password, salt, rounds, purpose=2, size=cipher.block_size)

    return Scheme(f"PBE-SHA1-{cipher.name}, {rounds} rounds", rounds, True, cipher, derive)


def _pbes2(parameters: Node | None) -> Scheme:
    derivation, encryption = _present(parameters).children(at_least=2)[:2]
    cipher, iv = _cipher(encryption)
    name, rounds, stretch = key_derivation(derivation)
    return Scheme(
        f"{cipher.name}, {name}", rounds, False, cipher, lambda password: (stretch(password, cipher.key_size), iv)
    )


def _cipher(algorithm: Node) -> tuple[Cipher, bytes]:
    oid, parameters = _algorithm(algorithm)
    cipher = CIPHERS.get(oid)
    if cipher is None:
        raise Unsupported(_UNREADABLE_NAMES.get(oid, oid))
    value = _present(parameters)
    if value.tag != OCTET_STRING and cipher.name == "RC2":  # RC2-CBC-Parameter: version, iv (RFC 8018 B.2.3)
        version, value = value.children(at_least=2)[:2]
        cipher = rc2_effective_bits(version.integer())
    iv = value.string()
    if len(iv) != cipher.block_size:
        raise Malformed("iv")
    return cipher, iv


def key_derivation(algorithm: Node) -> tuple[str, int, Callable[[bytes, int], bytes]]:
    """Return (name, rounds, function from password and size to key) of PBKDF2 (RFC 8018 A.2) or scrypt (RFC 7914 7)."""
    oid, parameters = _algorithm(algorithm)
    if oid == PBKDF2:
        salt_node, rounds_node, *rest = _present(parameters).children(at_least=2)
        salt, rounds = _salt(salt_node), checked_rounds(rounds_node, MAX_ROUNDS)
        prfs = [_algorithm(node)[0] for node in rest if node.tag != INTEGER]
        prf = prfs[0] if prfs else "1.2.840.113549.2.7"
        if prf not in HMACS:
            raise Unsupported(f"PBKDF2 with {prf}")
        digest = HMACS[prf]
        return (
            f"PBKDF2 {digest}, {rounds} rounds",
            rounds,
            lambda password, size: pbkdf2(digest, password, salt, rounds, size),
        )
    if oid == SCRYPT:
        salt_node, cost_node, block_node, parallel_node = _present(parameters).children(at_least=4)[:4]
        salt, n, r, p = _salt(salt_node), cost_node.integer(), block_node.integer(), parallel_node.integer()
        if n < 2 or n & (n - 1) or r < 1 or p < 1:
            raise Malformed("scrypt parameters")
        if 128 * n * r > MAX_SCRYPT_MEMORY or p > 16:
            raise Unsupported(f"scrypt with N={n}, r={r}, p={p}")
        return (
            f"scrypt N={n}",
            n,
            lambda password, size: hashlib.scrypt(
                password, salt=salt, n=n, r=r, p=p, maxmem=2 * MAX_SCRYPT_MEMORY, dklen=size
            ),
        )
    raise Unsupported(f"key derivation {oid}")


def pbkdf2(digest: str, password: bytes, salt: bytes, rounds: int, size: int) -> bytes:
    """Return ``size`` octets by PBKDF2 (RFC 8018 5.2); ``digest`` as in ``HMACS``."""
    # cryptography's is twice as fast as hashlib's on OpenSSL 3.0, and this is most of a read.
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    algorithm: hashes.HashAlgorithm = getattr(hashes, digest.upper())()
    return PBKDF2HMAC(algorithm, size, salt, rounds).derive(password)


def pkcs12_kdf(digest: str, password: bytes, salt: bytes, rounds: int, *, purpose: int, size: int) -> bytes:
    """Return ``size`` octets by the key derivation of RFC 7292 B.2; purpose 1 is a key, 2 an IV, 3 a MAC key."""
    new = _quick(digest)
    block = new().block_size
    mixed = bytearray(_fill(salt, block) + _fill(password, block))
    diversifier, result = bytes([purpose]) * block, b""
    while True:
        value: bytes = new(diversifier + mixed).digest()
        for _ in range(rounds - 1):
            value = new(value).digest()
        result += value
        if len(result) >= size:
            return result[:size]
        addend = int.from_bytes(_fill(value, block)[:block], "big") + 1
        for at in range(0, len(mixed), block):
            total = int.from_bytes(mixed[at : at + block], "big") + addend
            mixed[at : at + block] = (total % (1 << 8 * block)).to_bytes(block, "big")


def _quick(digest: str) -> Callable[..., Any]:
    """Return Python's own hash where it is built in: OpenSSL's takes nearly twice as long for a few octets."""
    try:
        built_in: Callable[..., Any] = hashlib.__get_builtin_constructor(digest)  # type: ignore[attr-defined]
    except (AttributeError, ImportError, ValueError):
        built_in = getattr(hashlib, digest)
    return built_in


def _fill(data: bytes, block: int) -> bytes:
    """Return ``data`` repeated to fill whole blocks; nothing stays nothing."""
    if not data:
        return b""
    size = -(-len(data) // block) * block
    return (data * (size // len(data) + 1))[:size]


def checked_rounds(node: Node, limit: int) -> int:
    """Return an iteration count; raise ``Unsupported`` above ``limit``: a hostile file must not hang us."""
    rounds = node.integer()
    if rounds < 1:
        raise Malformed("rounds")
    if rounds > limit:
        raise Unsupported(f"{rounds} rounds")
    return rounds


def _salt(node: Node) -> bytes:
    salt = node.string()
    if len(salt) > MAX_SALT:
        raise Unsupported(f"{len(salt)} octets of salt")
    return salt


def _algorithm(node: Node) -> tuple[str, Node | None]:
    """Return an AlgorithmIdentifier's OID and parameters."""
    parts: Iterator[Node] = iter(node.children(at_least=1))
    return next(parts).expect(OID).oid(), next(parts, None)


def _present(parameters: Node | None) -> Node:
    if parameters is None:
        raise Malformed("algorithm without parameters")
    return parameters
