"""Password-based encryption for what we write (RFC 8018 6.2, RFC 7292 C), and the encrypted PKCS#8 form of a key."""

from __future__ import annotations

from dataclasses import dataclass
from os import urandom
from typing import Final

from certtray.core.secret import Secret
from certtray.crypto.ber import OCTET_STRING, SEQUENCE, wrap, write_integer, write_oid
from certtray.crypto.ciphers import AES_256, TRIPLE_DES
from certtray.crypto.passwords import bmp_forms, plain_forms
from certtray.crypto.pbe import PBES2, PBKDF2, pbkdf2, pkcs12_kdf

ROUNDS: Final = 600_000
"""Of PBKDF2-HMAC-SHA-256 and of the MAC: a quarter of a second a guess, as NSS does."""
COMPATIBLE_ROUNDS: Final = 2048
_HMAC_SHA256: Final = "1.2.840.113549.2.9"
_AES_256_CBC: Final = "2.16.840.1.101.3.4.1.42"
_PBE_SHA1_3DES: Final = "1.2.840.113549.1.12.1.3"
_NULL: Final = b"\x05\x00"


@dataclass(frozen=True, slots=True)
class Sealed:
    """DER of the AlgorithmIdentifier, and the ciphertext under it."""

    algorithm: bytes
    ciphertext: bytes


def seal(plaintext: bytes, password: Secret, *, compatible: bool = False) -> Sealed:
    """Encrypt under AES-256 and PBKDF2, or with ``compatible`` under 3DES, which old brokers' programs read."""
    if compatible:
        salt, rounds, secret = urandom(8), COMPATIBLE_ROUNDS, next(bmp_forms(password))
        key = pkcs12_kdf("sha1", secret, salt, rounds, purpose=1, size=TRIPLE_DES.key_size)
        iv = pkcs12_kdf("sha1", secret, salt, rounds, purpose=2, size=TRIPLE_DES.block_size)
        parameters = wrap(SEQUENCE, wrap(OCTET_STRING, salt), write_integer(rounds))
        return Sealed(wrap(SEQUENCE, write_oid(_PBE_SHA1_3DES), parameters), TRIPLE_DES.encrypt(key, iv, plaintext))
    salt, iv = urandom(16), urandom(AES_256.block_size)
    key = pbkdf2("sha256", next(plain_forms(password)), salt, ROUNDS, AES_256.key_size)
    prf = wrap(SEQUENCE, write_oid(_HMAC_SHA256), _NULL)
    stretch = wrap(SEQUENCE, wrap(OCTET_STRING, salt), write_integer(ROUNDS), prf)
    parameters = wrap(
        SEQUENCE,
        wrap(SEQUENCE, write_oid(PBKDF2), stretch),
        wrap(SEQUENCE, write_oid(_AES_256_CBC), wrap(OCTET_STRING, iv)),
    )
    return Sealed(wrap(SEQUENCE, write_oid(PBES2), parameters), AES_256.encrypt(key, iv, plaintext))


def seal_pkcs8(pkcs8: bytes, password: Secret, *, compatible: bool = False) -> bytes:
    """Return the DER of an EncryptedPrivateKeyInfo (RFC 5958 3) around a PKCS#8 key."""
    sealed = seal(pkcs8, password, compatible=compatible)
    return wrap(SEQUENCE, sealed.algorithm, wrap(OCTET_STRING, sealed.ciphertext))
