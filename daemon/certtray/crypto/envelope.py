"""CMS EnvelopedData (RFC 5652 6): a challenge that only the old key opens."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm as UnknownToCryptography
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der

from certtray.core.errors import DamagedFile


def open_envelope(envelope: bytes, certificate: bytes, key: RSAPrivateKey) -> bytes:
    """Return the content of a DER ContentInfo encrypted to ``certificate`` (DER), whose ``key`` only has to decrypt.

    DamagedFile where it is not for this certificate, not whole, or not in an algorithm of RFC 5652.
    """
    try:
        return pkcs7_decrypt_der(envelope, x509.load_der_x509_certificate(certificate), key, [])
    except (ValueError, TypeError, UnknownToCryptography) as error:
        raise DamagedFile(path="challenge", reason=str(error)) from None
