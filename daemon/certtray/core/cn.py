"""The grammar of common names in Taiwanese certificates (FACTS.md 1.3 and 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

# ASCII digits only: Python's \d would also take full-width ones, which no CA writes.
_GRAMMAR = re.compile(
    r"(?:TW(?=[A-Z0-9]{8,}))?"
    r"(?P<id>[A-Z]{2}[0-9]{8}|[A-Z][0-9]{9}|[0-9]{8})(?P<tail>[0-9]?)"
    r"(?:-(?P<sequence>[0-9]{2})(?:-(?P<extension>[A-Z0-9]+))?)?"
    r"(?:::(?P<device>[A-Z0-9]+))?"
)


@dataclass(frozen=True, slots=True)
class CommonName:
    """The parts of one common name, upper case; absent parts are empty."""

    number: str
    """National ID, resident number or company number; shape only, the check digit is not looked at."""
    suffix: str
    """All that is not the number, opaque: ``-00-MG001``, ``-00-00::PCC005``, ``TW1`` (dates in it are not reliable)."""
    sequence: str
    extension: str
    device: str


def parse_cn(text: str) -> CommonName | None:
    """Take a common name apart, or return None where it names no person or company."""
    name = text.strip().upper()
    found = _GRAMMAR.fullmatch(name)
    if found is None:
        return None
    start, end = found.span("id")
    return CommonName(
        number=found["id"],
        suffix=name[:start] + name[end:],
        sequence=found["sequence"] or "",
        extension=found["extension"] or "",
        device=found["device"] or "",
    )
