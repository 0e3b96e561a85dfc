"""Whether a holder's certificate chains to a root we trust (RFC 5280 6), for the issued and for the old one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from certtray.core.errors import CertificateNotTrusted

_ACCEPTED_PURPOSES: Final = {
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # documentSigning, RFC 9336
    x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # Microsoft's document signing
}


def verify_chain(
    leaf: bytes, intermediates: Sequence[bytes], roots: Sequence[bytes], now: datetime
) -> tuple[bytes, ...]:
    """Return the path from ``leaf`` to one of ``roots`` as DER, both included; all arguments are DER.

    Personal certificates have no SubjectAlternativeName and may lack ExtendedKeyUsage, which the library's profile for
    web sites demands; so only what matters here is checked: dates, signatures, BasicConstraints and keyCertSign of
    each authority, and that the holder's key usage and purposes, where stated, fit a person. No revocation.
    Raises ``CertificateNotTrusted`` with reason ``not-yet-valid``, ``expired`` or ``no-path``.
    """
    try:
        certificate = x509.load_der_x509_certificate(leaf)
        pool = [x509.load_der_x509_certificate(der) for der in intermediates]
        store = Store([x509.load_der_x509_certificate(der) for der in roots])
    except (ValueError, x509.InvalidVersion) as error:
        raise CertificateNotTrusted(serial="?", reason="no-path", detail=str(error)) from None
    serial = f"{certificate.serial_number:08X}"
    if now < certificate.not_valid_before_utc:
        raise CertificateNotTrusted(serial=serial, reason="not-yet-valid", detail="")
    if now > certificate.not_valid_after_utc:
        raise CertificateNotTrusted(serial=serial, reason="expired", detail="")
    authority = (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _must_be_authority)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _must_sign_certificates)
    )
    person = (
        ExtensionPolicy.permit_all()
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _must_fit_a_person)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _must_sign_or_encrypt)
        .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _must_not_be_authority)
    )
    builder = PolicyBuilder().store(store).time(now)
    verifier = builder.extension_policies(ca_policy=authority, ee_policy=person).build_client_verifier()
    try:
        path = verifier.verify(certificate, pool).chain
    except VerificationError as error:
        raise CertificateNotTrusted(serial=serial, reason="no-path", detail=_impersonal(error)) from None
    return tuple(each.public_bytes(Encoding.DER) for each in path)


def _impersonal(error: VerificationError) -> str:
    """Return what failed without the certificate's name that the library appends: facts are logged."""
    return str(error).partition(" (encountered")[0]


def _must_be_authority(_: Policy, __: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("not an authority")


def _must_not_be_authority(_: Policy, __: x509.Certificate, constraints: x509.BasicConstraints | None) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("an authority's certificate, not a person's")


def _must_sign_certificates(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("may not sign certificates")


def _must_sign_or_encrypt(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is None:
        return
    signs = usage.digital_signature or usage.content_commitment
    if not (signs or usage.key_encipherment or usage.data_encipherment or usage.key_agreement):
        raise ValueError("may neither sign nor encrypt")


def _must_fit_a_person(_: Policy, __: x509.Certificate, purposes: x509.ExtendedKeyUsage | None) -> None:
    if purposes is not None and not _ACCEPTED_PURPOSES & set(purposes):
        raise ValueError("purposes do not fit a person")
