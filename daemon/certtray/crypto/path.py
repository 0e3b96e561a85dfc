"""The path above a certificate as far as it can be followed, whether or not anybody trusts where it ends (RFC 5280 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import AuthorityInformationAccessOID

DEEPEST: Final = 8
"""Certificates in one path; real ones have three or four."""


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where a certificate says that more can be had; only http and https."""

    crls: tuple[str, ...]
    responders: tuple[str, ...]
    issuers: tuple[str, ...]


def pointers(certificate: x509.Certificate) -> Pointers:
    """Return the places named in CRLDistributionPoints and AuthorityInfoAccess; none where they cannot be read."""
    try:
        extensions = certificate.extensions
    except (ValueError, x509.DuplicateExtension):
        return Pointers((), (), ())
    crls: list[str] = []
    access: list[tuple[x509.ObjectIdentifier, str]] = []
    for extension in extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            for point in extension.value:
                if point.reasons is None and point.crl_issuer is None:
                    crls += _urls(point.full_name or ())
        elif isinstance(extension.value, x509.AuthorityInformationAccess):
            access += [(each.access_method, url) for each in extension.value for url in _urls([each.access_location])]
    return Pointers(
        tuple(crls),
        tuple(url for method, url in access if method == AuthorityInformationAccessOID.OCSP),
        tuple(url for method, url in access if method == AuthorityInformationAccessOID.CA_ISSUERS),
    )


def path_above(
    leaf: x509.Certificate,
    pool: Iterable[x509.Certificate],
    fetch: Callable[[str], Iterable[x509.Certificate]],
) -> tuple[x509.Certificate, ...]:
    """Return ``leaf`` and what is above it, each having signed the one before; the last may be no root.

    Issuers come from ``pool``, else from what ``fetch`` returns for the places the certificate names.
    """
    path, known = [leaf], list(pool)
    while len(path) < DEEPEST and not is_root(path[-1]):
        below = path[-1]
        above = issuer_among(below, known)
        if above is None:
            known += [found for url in pointers(below).issuers for found in fetch(url)]
            above = issuer_among(below, known)
        if above is None or above in path:
            break
        path.append(above)
    return tuple(path)


def issuer_among(certificate: x509.Certificate, candidates: Iterable[x509.Certificate]) -> x509.Certificate | None:
    """Return the candidate that signed ``certificate``; of several under one key, the one that ends last."""
    signed = [each for each in candidates if _may_issue(each) and _signed(certificate, each)]
    return max(signed, key=lambda each: each.not_valid_after_utc, default=None)


def is_root(certificate: x509.Certificate) -> bool:
    """Whether the certificate is signed by its own key."""
    return certificate.subject == certificate.issuer and _signed(certificate, certificate)


def _may_issue(candidate: x509.Certificate) -> bool:
    try:
        return candidate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return candidate.subject == candidate.issuer  # roots older than the extension
    except (ValueError, x509.DuplicateExtension):
        return False


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _urls(names: Iterable[x509.GeneralName]) -> list[str]:
    found = [each.value for each in names if isinstance(each, x509.UniformResourceIdentifier)]
    return [url for url in found if url.lower().startswith(("http://", "https://"))]
