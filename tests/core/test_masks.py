from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certtray.core.masks import mask_email, mask_name, mask_numbers, mask_phone


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("A123456789", "A12345****"),
        ("A123456789-00-00::PCC005", "A12345****-00-00::PCC005"),
        ("TWA1234567891", "TWA12345****1"),
        ("TWAC012345671", "TWAC0123****1"),
        ("AC01234567-00", "AC0123****-00"),
        (r"C:\ekey\551\a123456789\S\Sinopac.pfx", r"C:\ekey\551\a12345****\S\Sinopac.pfx"),
        ("/home/x/idU139514691_20260101.p12", "/home/x/idU13951****_20260101.p12"),
        ("A123456789 F246061918", "A12345**** F24606****"),
        ("70759028-00-0007", "70759028-00-0007"),
        ("a13af9c7-8d20-41d4-844a-6e9147587883/A123456789", "a13af9c7-8d20-41d4-844a-6e9147587883/A12345****"),
        ("", ""),
    ],
)
def test_numbers(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


@given(
    st.text(alphabet="xyzTW/_-:. ", max_size=8),
    st.from_regex(r"\A(?:[A-Z][1289]|[A-Z][A-D])[0-9]{8}\Z"),
    st.text(alphabet="xyz/_-:. ", max_size=8),
)
def test_no_number_survives_anywhere(before: str, number: str, after: str) -> None:
    masked = mask_numbers(before + number + after)
    assert masked == before + number[:6] + "****" + after
    assert re.search("[0-9]{7}", masked) is None


@pytest.mark.parametrize(
    ("name", "masked"), [("李小明", "李○明"), ("李明", "李○"), ("李", "○"), ("", ""), ("歐陽小明", "歐○○明")]
)
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("0988123920", "0988***920"), ("0988-123-920", "0988***920"), ("1234567", "*******"), ("", "")],
)
def test_phones(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [("wang@example.com", "w***@example.com"), ("w@example.com", "***@example.com"), ("no address", "***")],
)
def test_addresses(address: str, masked: str) -> None:
    assert mask_email(address) == masked
