"""Private keys and certificates as files: keys readable by their owner only."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding


def write_private(path: Path, data: bytes) -> None:
    """Create ``path`` with mode 0600 from its first moment."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


def write_key(path: Path, key: rsa.RSAPrivateKey) -> None:
    """Write ``key`` as unencrypted PKCS#8 PEM; the sandbox has nobody to type a password."""
    plain = serialization.NoEncryption()
    write_private(path, key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))


def read_key(path: Path) -> rsa.RSAPrivateKey:
    """Read what ``write_key`` wrote; unchecked, since testing the primes of an RA's keys is most of its start."""
    key = serialization.load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA key")
    return key


def write_certificates(path: Path, *certificates: x509.Certificate) -> None:
    """Write a PEM file, leaf first."""
    path.write_bytes(b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates))
