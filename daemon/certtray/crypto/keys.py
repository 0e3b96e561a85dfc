"""Private keys: made, kept under a password, tied to certificates, and proven by a signature."""

from __future__ import annotations

from hashlib import sha256
from os import urandom
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm as UnknownToCryptography
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from certtray.core.errors import WrongPassword
from certtray.core.secret import Secret
from certtray.crypto.ber import Malformed, Node, parse
from certtray.crypto.files import named_errors
from certtray.crypto.pbe import Unsupported, scheme
from certtray.crypto.seal import seal_pkcs8

_EXPONENT: Final = 65537
_CHALLENGE_SIZE: Final = 32


def new_key(bits: int) -> rsa.RSAPrivateKey:
    """Return a new RSA key; the issuer's profile says how long."""
    return rsa.generate_private_key(_EXPONENT, bits)


def seal_key(key: PrivateKeyTypes, password: Secret) -> bytes:
    """Return the key as encrypted PKCS#8 DER: AES-256, 600,000 rounds of PBKDF2 (DESIGN.md 4.3)."""
    return seal_pkcs8(pkcs8(key), password)


def open_key(data: bytes, password: Secret, path: str) -> PrivateKeyTypes:
    """Return the key of an encrypted PKCS#8 DER file.

    Raises ``WrongPassword``, ``DamagedFile``, ``UnsupportedAlgorithm``. PKCS#8 has no integrity check: a file altered
    in its last octets looks like a wrong password.
    """
    with named_errors(path):
        clear = open_pkcs8(parse(data), password)
        if clear is None:
            raise WrongPassword(path=path)
        return load_pkcs8(clear)


def open_pkcs8(node: Node, password: Secret) -> bytes | None:
    """Return the PKCS#8 DER of an EncryptedPrivateKeyInfo (RFC 5958 3), or None under a wrong password."""
    algorithm, ciphertext = node.children(at_least=2)[:2]
    return scheme(algorithm).decrypt(ciphertext.string(), password)


def load_pkcs8(clear: bytes) -> PrivateKeyTypes:
    """Return the key of PKCS#8 DER, checked; raise ``Malformed`` or ``Unsupported``."""
    try:
        return load_der_private_key(clear, None)
    except UnknownToCryptography:
        raise Unsupported("private key") from None
    except (ValueError, TypeError):
        raise Malformed("private key") from None


def pkcs8(key: PrivateKeyTypes) -> bytes:
    """Return the key as clear PKCS#8 DER, which must not leave memory."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_hash(of: PrivateKeyTypes | x509.Certificate | x509.CertificateSigningRequest) -> str:
    """Return SHA-256 of the SubjectPublicKeyInfo in lower-case hex, equal to ``Certificate.key_hash``."""
    public = of.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(public).hexdigest()


def signs_for(private_key: PrivateKeyTypes, certificate_der: bytes) -> bool:
    """Return whether a signature of this key over a random challenge verifies under the certificate."""
    challenge = urandom(_CHALLENGE_SIZE)
    public = x509.load_der_x509_certificate(certificate_der).public_key()
    try:
        if isinstance(private_key, rsa.RSAPrivateKey) and isinstance(public, rsa.RSAPublicKey):
            signature = private_key.sign(challenge, padding.PKCS1v15(), hashes.SHA256())
            public.verify(signature, challenge, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(private_key, ec.EllipticCurvePrivateKey) and isinstance(public, ec.EllipticCurvePublicKey):
            signature = private_key.sign(challenge, ec.ECDSA(hashes.SHA256()))
            public.verify(signature, challenge, ec.ECDSA(hashes.SHA256()))
        elif isinstance(private_key, ed25519.Ed25519PrivateKey) and isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(private_key.sign(challenge), challenge)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def verifies(signature: bytes, data: bytes, certificate_der: bytes) -> bool:
    """Return whether ``signature`` (RSA PKCS#1 v1.5, SHA-256) over ``data`` is by the certificate's key."""
    public = x509.load_der_x509_certificate(certificate_der).public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        return False
    try:
        public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
