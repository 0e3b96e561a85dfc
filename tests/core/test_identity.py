from __future__ import annotations

import pytest

from certtray.core.certificate import Usage
from certtray.core.cn import CommonName, parse_cn
from certtray.core.identity import identity, is_mine, same_person
from tests.core.samples import make


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A123456789-00-00::PCC005", CommonName("A123456789", "-00-00::PCC005", "00", "00", "PCC005")),
        ("A123456789-00-00::HMS000", CommonName("A123456789", "-00-00::HMS000", "00", "00", "HMS000")),
        ("A123456789-00-MG001", CommonName("A123456789", "-00-MG001", "00", "MG001", "")),
        ("A123456789-00-090319", CommonName("A123456789", "-00-090319", "00", "090319", "")),
        ("A123456789-00-20090323", CommonName("A123456789", "-00-20090323", "00", "20090323", "")),
        ("A123456789", CommonName("A123456789", "", "", "", "")),
        ("A123456789-00", CommonName("A123456789", "-00", "00", "", "")),
        ("A123456789-63-YIRU", CommonName("A123456789", "-63-YIRU", "63", "YIRU", "")),
        ("70759028-00-0007", CommonName("70759028", "-00-0007", "00", "0007", "")),
        ("TWA1234567891", CommonName("A123456789", "TW1", "", "", "")),
        ("AC01234567-00", CommonName("AC01234567", "-00", "00", "", "")),
        (" a123456789::pcc005 ", CommonName("A123456789", "::PCC005", "", "", "PCC005")),
    ],
)
def test_names_met_in_the_field(text: str, expected: CommonName) -> None:
    assert parse_cn(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "TWCA Secure CA", "localhost", "A12345678", "A123456789\n-00", "A123456789-0-1", "A１２３４５６７８９", "TW"],
)
def test_names_of_nobody(text: str) -> None:
    assert parse_cn(text) is None


def test_a_renewal_keeps_its_identity() -> None:
    old, new = make(serial=1), make(serial=2, ous=("SinoPac Group", "RA-SinoPac - Evaluation Only"))
    assert identity(old) == identity(new)


@pytest.mark.parametrize(
    "other",
    [
        make("A123456789-00-MG001"),
        make("U139514691-00-00::PCC005"),
        make(usage=Usage.ENCRYPT),
        make(issuer=(("CN", "TaiCA Information User CA"),)),
        make(ous=("RA-TheCapital", "The Capital Group")),
    ],
    ids=["device", "person", "usage", "ca", "broker"],
)
def test_what_is_something_else(other: object) -> None:
    assert identity(make()) != identity(other)  # type: ignore[arg-type]


def test_same_person_whatever_the_device() -> None:
    assert same_person(make("A123456789-00-00::PCC005"), make("a123456789-00-MG001"))
    assert same_person(make("04595257-00-0001"), make("4595257-00-0007"))  # TWCA's own script strips leading zeros
    assert not same_person(make(), make("U139514691-00-00::PCC005"))
    assert not same_person(make(), make(issuer=(("CN", "Another CA"),)))


def test_mine() -> None:
    authority = make("TWCA Secure CA", is_ca=True)
    assert is_mine(make(), has_key=False)
    assert is_mine(make("someone@example.com"), has_key=True)
    assert not is_mine(make("someone@example.com"), has_key=False)
    assert not is_mine(authority, has_key=False)
    assert not is_mine(make("70759028", is_ca=True), has_key=False)
