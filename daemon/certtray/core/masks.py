"""Hiding personal data on screens, in notices, logs and file names (FACTS.md 3)."""

from __future__ import annotations

import re

_HIDDEN = "*"
# One letter and nine digits anywhere; two letters and eight digits where the digits end there, or behind the TW of
# MasterLink's names, so that "TWA1234567891" is not taken apart as W, A, 12345678.
_NUMBER = r"[A-Z][0-9]{9}|[A-Z]{2}[0-9]{8}(?![0-9])|(?<=TW)[A-Z]{2}[0-9]{8}"
# An operation's UUID in a path may look as if it held one; masked, the path would lead nowhere.
_UUID = r"\b[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\b"
_SOUGHT = re.compile(rf"{_UUID}|(?P<number>{_NUMBER})", re.IGNORECASE)


def mask_numbers(text: str) -> str:
    """Hide the last four digits of each personal number inside a CN, a path or a sentence: ``A12345****``.

    Company numbers are public and stay.
    """
    return _SOUGHT.sub(lambda found: found[0][:-4] + 4 * _HIDDEN if found["number"] else found[0], text)


def numbers_in(text: str) -> list[str]:
    """Return the personal numbers inside a CN, a path or a sentence, upper case, each once."""
    return list(dict.fromkeys(found[0].upper() for found in _SOUGHT.finditer(text) if found["number"]))


def mask_name(name: str) -> str:
    """Hide a person's name but its first and last character: ``李○明``, ``李○``."""
    if len(name) <= 2:
        return name[: len(name) - 1] + "○" * bool(name)
    return name[0] + "○" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """Show the first four and last three digits: ``0988***920`` (0-09); a number too short for that is hidden."""
    digits = re.sub(r"[^0-9]", "", phone)
    return f"{digits[:4]}***{digits[-3:]}" if len(digits) >= 8 else len(digits) * _HIDDEN


def mask_email(address: str) -> str:
    """Show the first character and the domain: ``w***@example.com`` (0-09)."""
    local, at, domain = address.rpartition("@")
    if not at:
        return "***"
    return f"{local[:1] if len(local) > 1 else ''}***@{domain}"
