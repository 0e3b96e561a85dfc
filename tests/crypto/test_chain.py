"""Paths to a trusted root for personal certificates, which carry no SubjectAlternativeName."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from certtray.core.errors import CertificateNotTrusted
from certtray.crypto.chain import verify_chain
from tests.makers import Party, authority, holder, issue, name, spare_key

NOW = datetime.now(UTC)


def above(party: Party) -> tuple[bytes, bytes]:
    issuing, root = (certificate.public_bytes(Encoding.DER) for certificate in party.chain)
    return issuing, root


def with_purposes(*purposes: x509.ObjectIdentifier) -> bytes:
    """A holder's certificate that states these purposes, critically."""
    ca = authority()
    builder = x509.CertificateBuilder(ca.certificate.subject, name("x"), spare_key(1).public_key(), 9)
    builder = builder.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=9))
    builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
    return builder.sign(ca.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_path_of_a_personal_certificate(alice: Party) -> None:
    issuing, root = above(alice)
    stranger = issue(name("Another CA"), use="ca", key=spare_key(3)).der
    assert verify_chain(alice.der, [stranger, issuing], [stranger, root], NOW) == (alice.der, issuing, root)


@pytest.mark.parametrize(
    ("days", "reason"), [(0, None), (334, None), (336, "expired"), (-29, None), (-31, "not-yet-valid")]
)
def test_dates_follow_the_given_time(alice: Party, days: int, reason: str | None) -> None:
    issuing, root = above(alice)
    moment = NOW + timedelta(days=days)
    if reason is None:
        assert verify_chain(alice.der, [issuing], [root], moment)[-1] == root
        return
    with pytest.raises(CertificateNotTrusted) as caught:
        verify_chain(alice.der, [issuing], [root], moment)
    assert caught.value.facts["reason"] == reason
    assert caught.value.facts["serial"] == "7E0445FC"


def test_missing_authority_wrong_root_and_garbage(alice: Party) -> None:
    issuing, root = above(alice)
    namesake = issue(name("TWCA Test Root CA", "Root CA"), use="ca", key=spare_key(3)).der
    for leaf, intermediates, roots in (
        (alice.der, [], [root]),
        (alice.der, [issuing], [namesake]),
        (b"garbage", [issuing], [root]),
    ):
        with pytest.raises(CertificateNotTrusted) as caught:
            verify_chain(leaf, intermediates, roots, NOW)
        assert caught.value.facts["reason"] == "no-path"


def test_a_holder_cannot_issue(alice: Party) -> None:
    issuing, root = above(alice)
    forged = issue(name("F246061918"), issuer=alice, key=spare_key(2))
    with pytest.raises(CertificateNotTrusted):
        verify_chain(forged.der, [alice.der, issuing], [root], NOW)


def test_altered_certificate_has_no_path(alice: Party) -> None:
    issuing, root = above(alice)
    altered = alice.der.replace(b"A123456789", b"F246061918")
    with pytest.raises(CertificateNotTrusted):
        verify_chain(altered, [issuing], [root], NOW)


def test_an_authority_is_no_person() -> None:
    issuing, root = above(holder())
    with pytest.raises(CertificateNotTrusted):
        verify_chain(issuing, [], [root], NOW)


@pytest.mark.parametrize(
    ("purpose", "fits"),
    [
        (ExtendedKeyUsageOID.CLIENT_AUTH, True),
        (ExtendedKeyUsageOID.EMAIL_PROTECTION, True),
        (ExtendedKeyUsageOID.SERVER_AUTH, False),
        (ExtendedKeyUsageOID.OCSP_SIGNING, False),
    ],
)
def test_stated_purposes_must_fit_a_person(purpose: x509.ObjectIdentifier, fits: bool) -> None:
    issuing, root = above(holder())
    leaf = with_purposes(purpose)
    if fits:
        assert verify_chain(leaf, [issuing], [root], NOW)[0] == leaf
        return
    with pytest.raises(CertificateNotTrusted) as caught:
        verify_chain(leaf, [issuing], [root], NOW)
    assert "CN=" not in str(caught.value)
