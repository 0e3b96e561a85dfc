"""National ID, resident and company numbers and their check digits (FACTS.md 3)."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from certtray.core.errors import InputError

_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # in order of their value, the first is 10
_PERSON_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_COMPANY_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)


class NumberKind(StrEnum):
    """Whose number it is."""

    NATIONAL = "national"
    RESIDENT = "resident"
    RESIDENT_OLD = "resident-old"
    COMPANY = "company"


_SHAPES = (
    (NumberKind.NATIONAL, re.compile(r"[A-Z][12][0-9]{8}")),
    (NumberKind.RESIDENT, re.compile(r"[A-Z][89][0-9]{8}")),
    (NumberKind.RESIDENT_OLD, re.compile(r"[A-Z][A-D][0-9]{8}")),
    (NumberKind.COMPANY, re.compile(r"[0-9]{8}")),
)


def normalise(text: str) -> str:
    """Return typed text trimmed, upper case, full-width characters of a Chinese input method as ASCII."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def number_kind(number: str) -> NumberKind | None:
    """Return the kind whose shape a normalised ``number`` has; the check digit is not looked at."""
    return next((kind for kind, shape in _SHAPES if shape.fullmatch(number)), None)


def person_number(text: str) -> str:
    """Return a person's number in normal form (0-03).

    Raises InputError, field ``id``, rule ``person-number-shape`` or ``person-number-check``.
    """
    number = normalise(text)
    if number_kind(number) in (None, NumberKind.COMPANY):
        raise InputError(field="id", rule="person-number-shape")
    if not _person_check(number):
        raise InputError(field="id", rule="person-number-check")
    return number


def company_number(text: str) -> str:
    """Return a company's number in normal form (4-26).

    Raises InputError, field ``company``, rule ``company-number-shape`` or ``company-number-check``.
    """
    number = normalise(text)
    if number_kind(number) is not NumberKind.COMPANY:
        raise InputError(field="company", rule="company-number-shape")
    if number == "00000000" or not _company_check(number):
        raise InputError(field="company", rule="company-number-check")
    return number


def _person_check(number: str) -> bool:
    first = _LETTERS.index(number[0]) + 10
    # The second letter of an old resident number counts with the units digit of its value.
    second = (_LETTERS.index(number[1]) + 10) % 10 if number[1].isalpha() else int(number[1])
    digits = (first // 10, first % 10, second, *map(int, number[2:]))
    return sum(weight * digit for weight, digit in zip(_PERSON_WEIGHTS, digits, strict=True)) % 10 == 0


def _company_check(number: str) -> bool:
    products = [weight * int(digit) for weight, digit in zip(_COMPANY_WEIGHTS, number, strict=True)]
    total = sum(product // 10 + product % 10 for product in products)
    # Since 2023-04-01 a multiple of 5 will do; all numbers given out before are multiples of 10. 7 × 4 = 28 gives 10,
    # which may count as 1 or as 0.
    return total % 5 == 0 or (number[6] == "7" and (total + 1) % 5 == 0)
