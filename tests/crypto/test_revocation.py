"""Revocation lists and responders' answers: believed only when whole, signed by the right key, and in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as library
from hypothesis import given
from hypothesis import strategies as st

from certtray.core.errors import RevocationUnusable
from certtray.core.revocation import Standing
from certtray.crypto.crl import ask_crl, read_crl
from certtray.crypto.ocsp import question, read_answer
from tests.issuers.publisher import NOW, SERIAL, answer, ca, delegate, listing, pointing

ISSUER, STRANGER = ca(), ca("Another CA", 7)
LEAF = pointing("http://127.0.0.1:1", ISSUER)
REASONS = x509.ReasonFlags


def rule_of_list(data: bytes) -> str:
    with pytest.raises(RevocationUnusable) as caught:
        read_crl(data, ISSUER.certificate, NOW, where="x")
    return str(caught.value.facts["fault"])


def rule_of_answer(data: bytes, nonce: bytes = b"") -> str:
    with pytest.raises(RevocationUnusable) as caught:
        read_answer(data, LEAF, ISSUER.certificate, NOW, where="x", nonce=nonce)
    return str(caught.value.facts["fault"])


@pytest.mark.parametrize(
    ("reason", "standing"),
    [
        (REASONS.key_compromise, Standing.REVOKED),
        (None, Standing.REVOKED),
        (REASONS.certificate_hold, Standing.ON_HOLD),
        (REASONS.superseded, Standing.SUPERSEDED),
        (REASONS.remove_from_crl, Standing.GOOD),
    ],
)
def test_a_list_says_why(reason: x509.ReasonFlags | None, standing: Standing) -> None:
    crl = read_crl(listing(ISSUER, {SERIAL: reason, 5: None}), ISSUER.certificate, NOW, where="x")
    found = ask_crl(crl, SERIAL)
    assert found.standing is standing
    assert found.stands == (standing is Standing.GOOD)
    assert ask_crl(crl, SERIAL + 1).standing is Standing.GOOD
    if reason is REASONS.key_compromise:
        assert (found.reason, found.since) == ("keyCompromise", NOW - timedelta(days=1, hours=1))


def test_a_list_in_pem() -> None:
    crl = x509.load_der_x509_crl(listing(ISSUER, {SERIAL: None}))
    assert read_crl(crl.public_bytes(Encoding.PEM), ISSUER.certificate, NOW, where="x") == crl


def test_lists_that_are_not_believed() -> None:
    assert rule_of_list(b"garbage") == "garbage"
    assert rule_of_list(listing(ISSUER)[:-20]) == "garbage"
    assert rule_of_list(listing(ISSUER, signer=STRANGER)) == "signer"
    assert rule_of_list(listing(STRANGER)) == "signer"
    assert rule_of_list(listing(ISSUER, life=timedelta(minutes=30))) == "stale"
    assert rule_of_list(listing(ISSUER, made=NOW + timedelta(hours=2))) == "future"
    assert rule_of_list(listing(ISSUER, None, (x509.DeltaCRLIndicator(1), True))) == "scope"
    for partial in (
        {"only_contains_ca_certs": True},
        {"indirect_crl": True},
        {"only_some_reasons": frozenset({REASONS.key_compromise})},
    ):
        values = {
            "full_name": None,
            "relative_name": None,
            "only_contains_user_certs": False,
            "only_contains_ca_certs": False,
            "only_some_reasons": None,
            "indirect_crl": False,
            "only_contains_attribute_certs": False,
            **partial,
        }
        point = x509.IssuingDistributionPoint(**values)  # type: ignore[arg-type]
        assert rule_of_list(listing(ISSUER, None, (point, True))) == "scope"


def test_an_authority_that_may_not_sign_lists() -> None:
    from tests.makers import issue, name, spare_key

    signs_only = issue(name("TWCA Test User CA", "User CA"), use="sign", key=spare_key(5))
    with pytest.raises(RevocationUnusable):
        read_crl(listing(ISSUER), signs_only.certificate, NOW, where="x")


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_an_altered_list_is_never_believed(at: int, put: bytes) -> None:
    data = listing(ISSUER, {SERIAL: None})
    altered = data[: at % len(data)] + put + data[at % len(data) + len(put) :]
    if altered == data:
        return
    try:
        crl = read_crl(altered, ISSUER.certificate, NOW, where="x")
    except RevocationUnusable:
        return
    assert ask_crl(crl, SERIAL).standing is Standing.REVOKED


def test_an_answer_of_the_issuer_and_of_its_responder() -> None:
    for signer in (ISSUER, delegate(ISSUER)):
        assert read_answer(answer(LEAF, ISSUER, signer), LEAF, ISSUER.certificate, NOW, where="x").standing == "good"
        held = answer(LEAF, ISSUER, signer, reason=REASONS.certificate_hold)
        assert read_answer(held, LEAF, ISSUER.certificate, NOW, where="x").standing == "on_hold"
    unknown = read_answer(answer(LEAF, ISSUER, ISSUER, unknown=True), LEAF, ISSUER.certificate, NOW, where="x")
    assert unknown.standing is Standing.UNKNOWN


def test_answers_that_are_not_believed() -> None:
    other = pointing("http://127.0.0.1:2", STRANGER)
    assert rule_of_answer(b"garbage") == "garbage"
    refused = library.OCSPResponseBuilder.build_unsuccessful(library.OCSPResponseStatus.TRY_LATER)
    assert rule_of_answer(refused.public_bytes(Encoding.DER)) == "refused"
    assert rule_of_answer(answer(LEAF, ISSUER, STRANGER)) == "signer"
    assert rule_of_answer(answer(LEAF, ISSUER, delegate(ISSUER, purpose=False))) == "signer"
    assert rule_of_answer(answer(LEAF, ISSUER, delegate(STRANGER))) == "signer"
    assert rule_of_answer(answer(LEAF, ISSUER, delegate(ISSUER, end=NOW - timedelta(days=1)))) == "signer"
    assert rule_of_answer(answer(other, STRANGER, ISSUER)) == "other"
    assert rule_of_answer(answer(LEAF, ISSUER, ISSUER, made=NOW - timedelta(hours=2))) == "stale"
    assert rule_of_answer(answer(LEAF, ISSUER, ISSUER, made=NOW - timedelta(hours=2), life=None)) == "stale"
    assert rule_of_answer(answer(LEAF, ISSUER, ISSUER, made=NOW + timedelta(hours=2))) == "future"


def test_a_nonce_is_ours_or_missing() -> None:
    nonce = b"0123456789abcdef"
    asked = library.load_der_ocsp_request(question(LEAF, ISSUER.certificate, nonce))
    assert asked.serial_number == SERIAL
    for sent in (b"", nonce):
        data = answer(LEAF, ISSUER, ISSUER, nonce=sent)
        assert read_answer(data, LEAF, ISSUER.certificate, NOW, where="x", nonce=nonce).standing == "good"
    assert rule_of_answer(answer(LEAF, ISSUER, ISSUER, nonce=b"another nonce 16"), nonce) == "replay"
