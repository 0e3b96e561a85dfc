"""Check digits against an independent table, and the numbers the manuals print."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certtray.core.errors import InputError
from certtray.core.numbers import NumberKind, company_number, number_kind, person_number

# The official table, letter by letter, not the order string of the code.
_TABLE = """A=10 B=11 C=12 D=13 E=14 F=15 G=16 H=17 I=34 J=18 K=19 L=20 M=21
            N=22 O=35 P=23 Q=24 R=25 S=26 T=27 U=28 V=29 W=32 X=30 Y=31 Z=33"""
LETTER = {letter: int(value) for letter, value in re.findall("(.)=([0-9]+)", _TABLE)}


def check_digit(head: str) -> int:
    """The one last digit that makes ``head`` (9 characters) right."""
    total = LETTER[head[0]] // 10 + 9 * (LETTER[head[0]] % 10)
    total += 8 * (LETTER[head[1]] % 10 if head[1].isalpha() else int(head[1]))
    total += sum(int(digit) * weight for digit, weight in zip(head[2:], range(7, 0, -1), strict=True))
    return -total % 10


heads = st.from_regex(r"\A[A-Z](?:[1289]|[A-D])[0-9]{7}\Z")


@pytest.mark.parametrize("number", ["A123456789", "U139514691", "F246061918", " a123456789 ", "Ａ１２３４５６７８９"])
def test_numbers_of_the_manuals_are_right(number: str) -> None:
    assert person_number(number) in {"A123456789", "U139514691", "F246061918"}


@given(heads, st.integers(0, 9))
def test_exactly_one_check_digit_fits(head: str, digit: int) -> None:
    number = f"{head}{digit}"
    if digit == check_digit(head):
        assert person_number(number.lower()) == number
    else:
        with pytest.raises(InputError) as caught:
            person_number(number)
        assert caught.value.facts == {"field": "id", "rule": "person-number-check"}


@pytest.mark.parametrize(
    "text", ["", "A12345678", "A1234567890", "A323456789", "AE12345678", "70759028", "A12345678\n9", "A12345678٣"]
)
def test_wrong_shape(text: str) -> None:
    with pytest.raises(InputError) as caught:
        person_number(text)
    assert caught.value.facts["rule"] == "person-number-shape"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("A123456789", NumberKind.NATIONAL),
        ("A800000014", NumberKind.RESIDENT),
        ("AC01234567", NumberKind.RESIDENT_OLD),
        ("70759028", NumberKind.COMPANY),
        ("A023456789", None),
    ],
)
def test_kinds(number: str, kind: NumberKind | None) -> None:
    assert number_kind(number) is kind


@pytest.mark.parametrize("number", ["70759028", "04595257", "10458570", "７０７５９０２８"])
def test_companies(number: str) -> None:
    assert company_number(number) in {"70759028", "04595257", "10458570"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [("00000000", "check"), ("70759029", "check"), ("7075902", "shape"), ("A123456789", "shape"), ("", "shape")],
)
def test_wrong_companies(text: str, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        company_number(text)
    assert caught.value.facts == {"field": "company", "rule": f"company-number-{rule}"}


@given(st.from_regex(r"\A[0-9]{8}\Z").filter(lambda number: number != "00000000"))
def test_company_check_by_hand(number: str) -> None:
    # Every way to read the tens: 28 is 2 + 8 = 10, taken as 1 or 0.
    sums = {0}
    for digit, weight in zip(number, (1, 2, 1, 2, 1, 2, 4, 1), strict=True):
        product = int(digit) * weight
        once = sum(map(int, str(product)))
        ways = {once} if once < 10 else {int(once / 10), once % 10}
        sums = {total + way for total in sums for way in ways}
    try:
        company_number(number)
        accepted = True
    except InputError:
        accepted = False
    assert accepted == any(total % 5 == 0 for total in sums)
