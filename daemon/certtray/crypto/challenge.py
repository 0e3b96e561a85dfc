"""A key that may only decrypt proves itself by answering a challenge: CMS EnvelopedData (RFC 5652 6) to its certificate.

The plain text names itself and the enrollment, and nothing else is answered: who sends us a stranger's ciphertext as a
"challenge" must not get it decrypted.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from asn1crypto import cms, x509
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from certtray.core.errors import IssuerAnswerInvalid

PREFIX: Final = b"CertTray RA challenge 1\n"
RANDOM_BYTES: Final = 32


def challenge_text(enrollment_id: UUID, random: bytes) -> bytes:
    """Return the plain text of a challenge; ``random`` is ``RANDOM_BYTES`` long."""
    return PREFIX + enrollment_id.bytes + random


def answer_challenge(
    envelope: bytes, enrollment_id: UUID, old_key: RSAPrivateKey, old_certificate: bytes, *, host: str = "RA"
) -> bytes:
    """Return the plain text of ``envelope`` (DER), which is the proof to hand in.

    ``old_key`` only has to decrypt (RSA PKCS#1 v1.5): a token's key serves as an ``RSAPrivateKey`` subclass. Raises
    IssuerAnswerInvalid for anything that is not a challenge to this certificate for this enrollment.
    """
    try:
        text = _decrypt(envelope, old_key, old_certificate)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError):
        text = b""
    fixed = challenge_text(enrollment_id, b"")
    if not text.startswith(fixed) or len(text) != len(fixed) + RANDOM_BYTES:
        raise IssuerAnswerInvalid(host=host, reason="challenge")
    return text


def _decrypt(envelope: bytes, key: RSAPrivateKey, certificate: bytes) -> bytes:
    content = cms.ContentInfo.load(envelope, strict=True)
    if content["content_type"].native != "enveloped_data":
        raise ValueError("not enveloped data")
    enveloped = content["content"]
    (recipient,) = enveloped["recipient_infos"]
    holder = x509.Certificate.load(certificate)
    identifier = cms.IssuerAndSerialNumber({"issuer": holder.issuer, "serial_number": holder.serial_number})
    if recipient.chosen["rid"].chosen.dump() != identifier.dump():
        raise ValueError("for another certificate")
    if recipient.chosen["key_encryption_algorithm"]["algorithm"].native != "rsaes_pkcs1v15":
        raise ValueError("key transport")
    content_key = key.decrypt(recipient.chosen["encrypted_key"].native, padding.PKCS1v15())
    sealed = enveloped["encrypted_content_info"]
    algorithm = sealed["content_encryption_algorithm"]
    if algorithm.encryption_cipher != "aes" or algorithm.encryption_mode != "cbc":
        raise ValueError("content cipher")
    decryptor = Cipher(AES(content_key), CBC(algorithm.encryption_iv)).decryptor()
    padded = decryptor.update(sealed["encrypted_content"].native) + decryptor.finalize()
    remover = block_padding.PKCS7(128).unpadder()
    return remover.update(padded) + remover.finalize()
