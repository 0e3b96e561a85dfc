"""Proof of a certificate's key, at renewal and to log in: a CMC Full PKI Request (RFC 5272), signed by that key.

What is signed is an id-cct-PKIData that names the enrollment or login and the server's nonce, never bare data: the same
key signs orders, so a signature made here must not be usable as one. A login carries no request and names the certificate
id, a renewal carries at least one and does not: neither can pass for the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from asn1crypto import algos, cms, core, csr, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

PKI_DATA: Final = "1.3.6.1.5.5.7.12.2"  # id-cct-PKIData, RFC 5272 3.2.1
TRANSACTION_ID: Final = "1.3.6.1.5.5.7.7.5"  # RFC 5272 6.6
IDENTIFICATION: Final = "1.3.6.1.5.5.7.7.2"  # RFC 5272 6.2.1: whose certificate, by the name the issuer knows it under
RECIPIENT_NONCE: Final = "1.3.6.1.5.5.7.7.7"  # RFC 5272 6.6: what the other side sent as its sender nonce

_Field = tuple[str, type[core.Asn1Value]] | tuple[str, type[core.Asn1Value], dict[str, object]]


class AttributeValues(core.SetOf):  # type: ignore[misc]
    """The values of one control."""

    _child_spec = core.Any


class TaggedAttribute(core.Sequence):  # type: ignore[misc]
    """One control of a PKIData (RFC 5272 3.2.1.1)."""

    _fields: ClassVar[list[_Field]] = [
        ("body_part_id", core.Integer),
        ("type", core.ObjectIdentifier),
        ("values", AttributeValues),
    ]


class Controls(core.SequenceOf):  # type: ignore[misc]
    """The controlSequence."""

    _child_spec = TaggedAttribute


class TaggedCertificationRequest(core.Sequence):  # type: ignore[misc]
    """One PKCS#10 with its number (RFC 5272 3.2.1.2.1)."""

    _fields: ClassVar[list[_Field]] = [("body_part_id", core.Integer), ("request", csr.CertificationRequest)]


class TaggedRequest(core.Choice):  # type: ignore[misc]
    """Only the PKCS#10 alternative; CRMF and others are not used here."""

    _alternatives: ClassVar[list[_Field]] = [("tcr", TaggedCertificationRequest, {"implicit": 0})]


class Requests(core.SequenceOf):  # type: ignore[misc]
    """The reqSequence."""

    _child_spec = TaggedRequest


class Others(core.SequenceOf):  # type: ignore[misc]
    """The cmsSequence and otherMsgSequence, always empty here."""

    _child_spec = core.Any


class PKIData(core.Sequence):  # type: ignore[misc]
    """The body of a Full PKI Request (RFC 5272 3.2.1)."""

    _fields: ClassVar[list[_Field]] = [
        ("controls", Controls),
        ("requests", Requests),
        ("cms", Others),
        ("others", Others),
    ]


def renewal_proof(
    requests: Sequence[bytes],
    enrollment_id: UUID,
    nonce: bytes,
    old_key: RSAPrivateKey,
    old_certificate: bytes,
    *,
    now: datetime,
) -> bytes:
    """Return the DER ContentInfo that proves ``old_key`` for this enrollment and these PKCS#10 ``requests`` (DER).

    ``old_key`` only has to sign (PKCS#1 v1.5, SHA-256): a token's key serves as an ``RSAPrivateKey`` subclass. ``now``
    is aware UTC and becomes the signing time. One proof per old certificate (3-07 signs with both).
    """
    return _signed(pki_data(requests, enrollment_id, nonce).dump(), old_key, old_certificate, now)


def login_proof(
    challenge_id: UUID, nonce: bytes, certificate_id: str, key: RSAPrivateKey, certificate: bytes, *, now: datetime
) -> bytes:
    """Return the DER ContentInfo that logs in the holder of ``key`` (4-14); ``key`` and ``now`` as in ``renewal_proof``."""
    return _signed(pki_data((), challenge_id, nonce, certificate_id).dump(), key, certificate, now)


def _signed(body: bytes, key: RSAPrivateKey, der: bytes, now: datetime) -> bytes:
    certificate = x509.Certificate.load(der)
    attributes = _signed_attributes(body, der, now)
    # RFC 5652 5.4: the signature covers the attributes as a plain SET OF, not under their [0] tag.
    signature = key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": {
                "issuer_and_serial_number": {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
            },
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
            "signature": signature,
        }
    )
    signed = cms.SignedData(
        {
            "version": "v3",  # RFC 5652 5.1: the content is not id-data
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
            "encap_content_info": {"content_type": PKI_DATA, "content": core.ParsableOctetString(body)},
            "certificates": [certificate],
            "signer_infos": [signer],
        }
    )
    message: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return message


def pki_data(requests: Sequence[bytes], transaction: UUID, nonce: bytes, identification: str = "") -> PKIData:
    """Return the body that both sides can compute; the 128 bits of ``transaction`` are the transaction id."""
    controls = [(TRANSACTION_ID, core.Integer(transaction.int)), (RECIPIENT_NONCE, core.OctetString(nonce))]
    if identification:
        controls.append((IDENTIFICATION, core.UTF8String(identification)))
    first = len(controls) + 1  # body part ids are unique within the message
    return PKIData(
        {
            "controls": [
                {"body_part_id": number, "type": oid, "values": [core.Any(value)]}
                for number, (oid, value) in enumerate(controls, 1)
            ],
            "requests": [
                TaggedRequest("tcr", {"body_part_id": number, "request": csr.CertificationRequest.load(request)})
                for number, request in enumerate(requests, first)
            ],
            "cms": [],
            "others": [],
        }
    )


def _signed_attributes(body: bytes, certificate: bytes, now: datetime) -> cms.CMSAttributes:
    identified = tsp.SigningCertificateV2(  # RFC 5035 3; SHA-256 is the default and therefore left out
        {"certs": [tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(certificate).digest()})]}
    )
    values = {
        "content_type": cms.ContentType(PKI_DATA),
        "message_digest": core.OctetString(hashlib.sha256(body).digest()),
        "signing_time": cms.Time("utc_time", core.UTCTime(now.replace(microsecond=0))),
        "signing_certificate_v2": identified,
    }
    return cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in values.items()])
