"""Facts of single certificates: the same as ``cryptography`` tells, and of those it may refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certtray.core.certificate import Usage
from certtray.crypto.ber import Malformed, Node, parse, wrap
from certtray.crypto.der import facts
from certtray.crypto.keys import public_hash
from tests.makers import KeyUse, Party, authority, holder, issue, name


def test_facts_are_those_cryptography_tells(alice: Party) -> None:
    found, oracle = facts(alice.der), alice.certificate
    assert found.fingerprint == sha256(alice.der).hexdigest()
    assert found.serial == oracle.serial_number
    assert found.subject == (
        ("C", "TW"),
        ("O", "TaiCA Secure CA"),
        ("O", "Certification Service Provider"),
        ("OU", "RA-SinoPac"),
        ("OU", "SinoPac Group"),
        ("CN", "A123456789-00-00::PCC005"),
    )
    assert found.issuer_cn == "TWCA Test User CA"
    assert (found.not_before, found.not_after) == (oracle.not_valid_before_utc, oracle.not_valid_after_utc)
    assert found.key_hash == public_hash(alice.key) == public_hash(oracle)
    assert found.serial_hex == "7E0445FC"
    assert not found.is_ca
    assert facts(authority().der).is_ca


@pytest.mark.parametrize(
    ("use", "usage"),
    [("sign", Usage.SIGN), ("encrypt", Usage.ENCRYPT), ("both", Usage.BOTH), ("absent", Usage.BOTH)],
)
def test_usage_follows_key_usage(use: KeyUse, usage: Usage) -> None:
    assert facts(holder(use=use).der).usage is usage


@pytest.mark.parametrize("year", [1951, 2049, 2050, 9999])
def test_dates_in_both_encodings(year: int) -> None:
    end = datetime(year, 12, 31, 15, 59, 59, tzinfo=UTC)
    begin = datetime(1950, 1, 2, tzinfo=UTC)
    party = holder(not_before=begin, not_after=end)
    assert (facts(party.der).not_before, facts(party.der).not_after) == (begin, end)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\x17\x0b2601021559Z", datetime(2026, 1, 2, 15, 59, tzinfo=UTC)),
        (b"\x17\x11260102155900+0800", datetime(2026, 1, 2, 7, 59, tzinfo=UTC)),
        (b"\x18\x1120260102155900.5Z", datetime(2026, 1, 2, 15, 59, tzinfo=UTC)),
        (b"\x17\x0d260102155960Z", datetime(2026, 1, 2, 15, 59, 59, tzinfo=UTC)),
    ],
)
def test_dates_outside_rfc_5280_are_read(alice: Party, text: bytes, expected: datetime) -> None:
    altered = _with_field(alice.der, 4, lambda validity: wrap(0x30, text, validity.children()[1].raw))
    assert facts(altered).not_before == expected


@pytest.mark.parametrize("text", [b"\x17\x0d261302155900Z", b"\x17\x02AZ", b"\x17\x00", b"\x02\x01\x05"])
def test_impossible_dates_are_malformed(alice: Party, text: bytes) -> None:
    altered = _with_field(alice.der, 4, lambda validity: wrap(0x30, text, validity.children()[1].raw))
    with pytest.raises(Malformed):
        facts(altered)


@pytest.mark.parametrize(("content", "value"), [(b"\0", 0), (b"\xff", -1), (b"\0" + b"\xff" * 20, 2**160 - 1)])
def test_serials_outside_rfc_5280_are_read(alice: Party, content: bytes, value: int) -> None:
    found = facts(_with_field(alice.der, 1, lambda _: wrap(0x02, content)))
    assert found.serial == value
    assert int(found.serial_hex, 16) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (wrap(0x0C, "王小明".encode()), "王小明"),
        (wrap(0x1E, "王小明".encode("utf-16-be")), "王小明"),
        (wrap(0x1C, "王小明".encode("utf-32-be")), "王小明"),
        (wrap(0x14, "王小明".encode("big5")), "王小明"),
        (wrap(0x13, "王小明".encode("big5")), "王小明"),
        (wrap(0x13, b"\xff\xff"), "ÿÿ"),
        (wrap(0x1E, b"\xd8"), "Ø"),
        (wrap(0x0C, b"a\x1b[31m\nb"), "a\ufffd[31m\ufffdb"),
        (wrap(0x0C), ""),
    ],
)
def test_any_string_of_a_name_becomes_text(alice: Party, value: bytes, text: str) -> None:
    attribute = wrap(0x30, b"\x06\x03\x55\x04\x03", value)
    found = facts(_with_field(alice.der, 5, lambda _: wrap(0x30, wrap(0x31, attribute))))
    assert found.subject == (("CN", text),)


def test_unknown_attributes_keep_their_number_and_an_empty_name_is_empty() -> None:
    subject = x509.Name([x509.NameAttribute(x509.ObjectIdentifier("2.5.4.97"), "VAT"), *name("x")])
    assert facts(issue(subject).der).subject[0] == ("2.5.4.97", "VAT")
    assert facts(issue(x509.Name([])).der).subject == ()


def test_multi_valued_rdn_keeps_every_pair() -> None:
    pairs = [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.SERIAL_NUMBER, "b")]
    found = facts(issue(x509.Name([x509.RelativeDistinguishedName(pairs)])).der).subject
    assert set(found) == {("CN", "a"), ("serialNumber", "b")}


def test_every_cut_is_malformed(alice: Party) -> None:
    for end in range(len(alice.der)):
        with pytest.raises(Malformed):
            facts(alice.der[:end])


def test_public_request_is_no_certificate(alice: Party) -> None:
    with pytest.raises(Malformed):
        facts(alice.certificate.public_bytes(Encoding.PEM))


def _with_field(der: bytes, position: int, change: object) -> bytes:
    """Return the certificate with one field of its TBSCertificate replaced by ``change(field)``."""
    assert callable(change)
    tbs, *rest = parse(der).children()
    fields: list[Node] = tbs.children()
    raws = [field.raw for field in fields]
    raws[position] = change(fields[position])
    return wrap(0x30, wrap(0x30, *raws), *(node.raw for node in rest))
