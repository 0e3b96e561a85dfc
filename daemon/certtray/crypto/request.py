"""PKCS#10 certificate requests (RFC 2986)."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


def build_request(private_key: RSAPrivateKey, common_name: str) -> bytes:
    """Return a DER request for ``private_key``, signed with SHA-256.

    The name is a courtesy: the CA sets the final subject (FACTS.md 5). A token's key may stand in as an
    ``RSAPrivateKey`` subclass that signs on the device.
    """
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    request = x509.CertificateSigningRequestBuilder(subject).sign(private_key, hashes.SHA256())
    return request.public_bytes(Encoding.DER)
