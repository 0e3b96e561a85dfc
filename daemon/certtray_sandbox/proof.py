"""Does this CMC message prove a certificate's key: for this renewal or this login, and no other?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asn1crypto import cms, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from certtray.crypto.cmc import PKI_DATA, pki_data
from certtray_sandbox.refusals import BAD_PROOF, Refusal


def check_proof(
    proof: bytes, old_certificate: bytes, enrollment_id: UUID, nonce: bytes, requests: Sequence[bytes]
) -> None:
    """Refuse with ``BAD_PROOF`` unless ``proof`` is what ``certtray.crypto.cmc.renewal_proof`` would have made.

    The body is not interpreted but compared with the only one allowed: transaction id, nonce and requests, in order.
    """
    try:
        expected = pki_data(requests, enrollment_id, nonce).dump()
    except (ValueError, TypeError) as error:
        raise Refusal(BAD_PROOF) from error
    if not _proves(proof, old_certificate, expected):
        raise Refusal(BAD_PROOF)


def proves_login(proof: bytes, certificate: bytes, challenge_id: UUID, nonce: bytes, certificate_id: str) -> bool:
    """Say whether ``proof`` is what ``certtray.crypto.cmc.login_proof`` would have made with the key of ``certificate``."""
    return _proves(proof, certificate, pki_data((), challenge_id, nonce, certificate_id).dump())


def _proves(proof: bytes, certificate: bytes, expected_body: bytes) -> bool:
    try:
        _check(proof, certificate, expected_body)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, InvalidSignature):
        return False
    return True


def _check(proof: bytes, old_certificate: bytes, expected_body: bytes) -> None:
    content = cms.ContentInfo.load(proof, strict=True)
    _require(content["content_type"].native == "signed_data")
    signed = content["content"]
    body = signed["encap_content_info"]
    _require(body["content_type"].native == PKI_DATA)
    _require(bytes(body["content"]) == expected_body)
    (signer,) = signed["signer_infos"]
    certificate = x509.Certificate.load(old_certificate)
    identifier = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    _require(signer["sid"].chosen.dump() == identifier.dump())
    _check_attributes(signer["signed_attrs"], expected_body, old_certificate)
    _check_signature(signer, old_certificate)


def _check_attributes(attributes: cms.CMSAttributes, body: bytes, old_certificate: bytes) -> None:
    values: dict[str, Any] = {}
    for attribute in attributes:
        _require(attribute["type"].native not in values)
        (values[attribute["type"].native],) = attribute["values"]
    _require(values["content_type"].native == PKI_DATA)
    _require(values["message_digest"].native == hashlib.sha256(body).digest())
    _require("signing_time" in values)  # its age does not matter: the nonce is what makes the message fresh
    (identified,) = values["signing_certificate_v2"]["certs"]
    _require(identified["hash_algorithm"]["algorithm"].native == "sha256")
    _require(identified["cert_hash"].native == hashlib.sha256(old_certificate).digest())


def _check_signature(signer: cms.SignerInfo, old_certificate: bytes) -> None:
    _require(signer["digest_algorithm"]["algorithm"].native == "sha256")
    _require(signer["signature_algorithm"]["algorithm"].native in {"rsassa_pkcs1v15", "sha256_rsa"})
    spki = x509.Certificate.load(old_certificate).public_key.dump()
    key = serialization.load_der_public_key(spki)
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("our certificates hold RSA keys")
    # RFC 5652 5.4: signed as a SET OF (0x31), although sent under the tag [0].
    attributes = b"\x31" + signer["signed_attrs"].dump()[1:]
    key.verify(signer["signature"].native, attributes, padding.PKCS1v15(), hashes.SHA256())


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError("a rule of the proof is not met")
