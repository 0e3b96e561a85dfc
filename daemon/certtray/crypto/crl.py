"""Certificate revocation lists (RFC 5280 5): read, believed only under the issuer's signature, and asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtensionOID

from certtray.core.errors import RevocationUnusable
from certtray.core.revocation import Standing, Verdict, revoked

CLOCK_SLACK: Final = timedelta(minutes=10)
"""How far an issuer's clock may be ahead of ours."""

_UNDERSTOOD: Final = {ExtensionOID.CRL_NUMBER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER}


def read_crl(data: bytes, issuer: x509.Certificate, now: datetime, *, where: str) -> x509.CertificateRevocationList:
    """Return the list, checked: PEM or DER, by ``issuer`` and signed by it, whole, in force at ``now``.

    RevocationUnusable with fault ``garbage``, ``signer``, ``scope`` (a delta or partial list), ``future`` or ``stale``.
    """
    crl = _parse(data, where)
    if crl.issuer != issuer.subject or not _signed_by(crl, issuer):
        raise RevocationUnusable(where=where, fault="signer")
    _check_scope(crl, where)
    if crl.last_update_utc > now + CLOCK_SLACK:
        raise RevocationUnusable(where=where, fault="future")
    if crl.next_update_utc is None or crl.next_update_utc < now:
        raise RevocationUnusable(where=where, fault="stale")
    return crl


def ask_crl(crl: x509.CertificateRevocationList, serial: int) -> Verdict:
    """Return what a checked list says of one of its issuer's certificates."""
    asked, until = crl.last_update_utc, crl.next_update_utc
    entry = crl.get_revoked_certificate_by_serial_number(serial)
    if entry is None or until is None:
        return Verdict(Standing.GOOD, source="crl", asked=asked, until=until)
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except x509.ExtensionNotFound:
        reason = "unspecified"
    if reason == "removeFromCRL":  # only a delta list may say so; nothing speaks against it then
        return Verdict(Standing.GOOD, source="crl", asked=asked, until=until)
    return revoked(reason, entry.revocation_date_utc, source="crl", asked=asked, until=until)


def _parse(data: bytes, where: str) -> x509.CertificateRevocationList:
    try:
        load = x509.load_pem_x509_crl if data.lstrip()[:5] == b"-----" else x509.load_der_x509_crl
        crl = load(data)
        for entry in crl:  # each is parsed here: garbage inside must not surprise us later
            _ = entry.serial_number, entry.revocation_date_utc, entry.extensions
        _ = crl.extensions, crl.last_update_utc, crl.next_update_utc, crl.issuer
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:  # the last is no ValueError
        raise RevocationUnusable(where=where, fault="garbage") from error
    return crl


def _signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.crl_sign:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _check_scope(crl: x509.CertificateRevocationList, where: str) -> None:
    """Refuse a list that does not speak of every certificate of its issuer and for every reason."""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            partial = value.only_some_reasons or value.indirect_crl or value.only_contains_attribute_certs
            if partial or value.only_contains_ca_certs:
                raise RevocationUnusable(where=where, fault="scope")
        elif isinstance(value, x509.DeltaCRLIndicator) or (extension.critical and extension.oid not in _UNDERSTOOD):
            raise RevocationUnusable(where=where, fault="scope")
