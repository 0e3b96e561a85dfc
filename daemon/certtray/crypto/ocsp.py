"""Asking an issuer about one certificate (OCSP, RFC 6960): the question, and an answer that is believed only if proven."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from certtray.core.errors import RevocationUnusable
from certtray.core.revocation import Standing, Verdict, revoked
from certtray.crypto.crl import CLOCK_SLACK

SHORT_LIFE: Final = timedelta(hours=1)
"""How long an answer counts that does not say when a newer one is due."""


def question(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes = b"") -> bytes:
    """Return a request in DER; SHA-1 only names the certificate (RFC 6960 4.1.1), and every responder knows it."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def read_answer(
    data: bytes,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    now: datetime,
    *,
    where: str,
    nonce: bytes = b"",
) -> Verdict:
    """Return what a response says of ``certificate``.

    Signed by ``issuer`` itself or by a responder it names: a certificate of its own with the purpose OCSPSigning,
    valid at ``now``. A nonce in the answer must be ours; one may be missing. RevocationUnusable with fault ``garbage``,
    ``refused``, ``signer``, ``replay``, ``other``, ``future`` or ``stale``.
    """
    try:
        return _read(data, certificate, issuer, now, where, nonce)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion) as error:
        raise RevocationUnusable(where=where, fault="garbage") from error


def _read(
    data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime, where: str, nonce: bytes
) -> Verdict:
    response = ocsp.load_der_ocsp_response(data)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise RevocationUnusable(where=where, fault="refused")
    if not any(_signed(response, signer) for signer in _signers(response, issuer, now)):
        raise RevocationUnusable(where=where, fault="signer")
    if nonce and not _nonce_fits(response, nonce):
        raise RevocationUnusable(where=where, fault="replay")
    single = next((each for each in response.responses if _is_about(each, certificate, issuer)), None)
    if single is None:
        raise RevocationUnusable(where=where, fault="other")
    asked = single.this_update_utc
    until = single.next_update_utc or asked + SHORT_LIFE
    if asked > now + CLOCK_SLACK:
        raise RevocationUnusable(where=where, fault="future")
    if until < now:
        raise RevocationUnusable(where=where, fault="stale")
    match single.certificate_status:
        case ocsp.OCSPCertStatus.GOOD:
            return Verdict(Standing.GOOD, source="ocsp", asked=asked, until=until)
        case ocsp.OCSPCertStatus.REVOKED:
            reason = single.revocation_reason.value if single.revocation_reason else "unspecified"
            return revoked(reason, single.revocation_time_utc or asked, source="ocsp", asked=asked, until=until)
        case _:
            return Verdict(Standing.UNKNOWN, "not-known", source="ocsp", asked=asked, until=until)


def _signers(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> list[x509.Certificate]:
    """Return who may have signed: the issuer, and the responders among the certificates sent along."""
    return [issuer, *(each for each in response.certificates if _is_responder(each, issuer, now))]


def _is_responder(candidate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        purposes = candidate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        candidate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    in_force = candidate.not_valid_before_utc <= now <= candidate.not_valid_after_utc
    return in_force and ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _signed(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, digest = signer.public_key(), response.signature_hash_algorithm
    if digest is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _nonce_fits(response: ocsp.OCSPResponse, nonce: bytes) -> bool:
    try:
        return response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce
    except x509.ExtensionNotFound:
        return True  # responders that prepare their answers send none (RFC 5019)


def _is_about(single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the answer names this certificate of this issuer: serial, and the issuer's name and key as hashed there."""
    if single.serial_number != certificate.serial_number:
        return False
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm)
    asked = builder.build()
    return single.issuer_name_hash == asked.issuer_name_hash and single.issuer_key_hash == asked.issuer_key_hash
