"""PEM files opened whole and written (RFC 7468), private keys included; written keys are always encrypted."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterable, Sequence

from cryptography.exceptions import UnsupportedAlgorithm as UnknownToCryptography
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certtray.core.errors import KeyMissing, WrongPassword
from certtray.core.secret import Secret
from certtray.crypto.ber import Malformed
from certtray.crypto.files import named_errors
from certtray.crypto.keys import public_hash, seal_key
from certtray.crypto.pbe import Unsupported
from certtray.crypto.pem import blocks, read_pem
from certtray.crypto.pfx import KeyPair, Pfx


def open_pem(data: bytes, password: Secret, path: str) -> Pfx:
    """Return the key pairs and the other certificates of a PEM file; ``password`` is for its encrypted keys.

    Raises ``WrongPassword``, ``DamagedFile``, ``UnsupportedAlgorithm``, and ``KeyMissing`` where no key has its certificate.
    """
    with named_errors(path):
        content = read_pem(data)
        held = content.holdings if content else ()
        keys = {
            public_hash(key): key
            for label, body in blocks(data)
            if label.endswith("PRIVATE KEY")
            for key in [_key(label, body, password, path)]
        }
    pairs = tuple(
        KeyPair(keys[each.certificate.key_hash], each.certificate, each.der)
        for each in held
        if each.certificate.key_hash in keys
    )
    if not pairs:
        raise KeyMissing(path=path)
    return Pfx(pairs, tuple(each.der for each in held if each.certificate.key_hash not in keys))


def write_pem(pairs: Sequence[KeyPair], others: Iterable[bytes], password: Secret) -> bytes:
    """Return PEM: each key as ENCRYPTED PRIVATE KEY (AES-256, 600,000 rounds) before its certificate, then ``others``."""
    parts = []
    for pair in pairs:
        parts += [block("ENCRYPTED PRIVATE KEY", seal_key(pair.private_key, password)), block("CERTIFICATE", pair.der)]
    return b"".join([*parts, *(block("CERTIFICATE", der) for der in others)])


def block(label: str, der: bytes) -> bytes:
    """Return one PEM block."""
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _key(label: str, body: bytes, password: Secret, path: str) -> PrivateKeyTypes:
    # Only this block is handed on: the library takes the first key it meets.
    text = f"-----BEGIN {label}-----\n".encode() + body.strip() + f"\n-----END {label}-----\n".encode()
    locked = label.startswith("ENCRYPTED") or b"ENCRYPTED" in body
    try:
        return load_pem_private_key(text, password.reveal().encode() if locked else None)
    except ValueError:
        if locked:  # no integrity check: once in 256 times a wrong password leaves garbage that looks decrypted
            raise WrongPassword(path=path) from None
        raise Malformed("private key") from None
    except TypeError:
        raise WrongPassword(path=path) from None
    except UnknownToCryptography:
        raise Unsupported("private key") from None
