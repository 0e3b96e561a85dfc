"""What one check of the computer found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How it is: as it should be, in the way of something, or not to be said."""

    OK = "ok"
    BAD = "bad"
    UNKNOWN = "unknown"
    """Nothing is in the way now: not needed here, or nobody can tell."""


@dataclass(frozen=True, slots=True)
class Value:
    """A recommended or current value: ``word.env_value_<key>`` with ``facts``."""

    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


def plain(text: str) -> Value:
    """Return a value that needs no translation."""
    return Value("plain", {"text": text})


@dataclass(frozen=True, slots=True)
class Fix:
    """What we can change ourselves: ``folder_rights``, ``home_private`` (target: a folder) or ``autostart``."""

    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row: texts ``word.env_<check>`` and, where it is not as it should be, ``word.env_<check>_todo``."""

    check: str
    level: Level
    recommended: Value
    current: Value
    about: str = ""
    """The folder, host or component meant."""
    fix: Fix | None = None
