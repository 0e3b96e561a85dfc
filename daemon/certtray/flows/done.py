"""How a procedure ends that leaves no operation behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from certtray.core.errors import CertTrayError


@dataclass(frozen=True, slots=True)
class Word:
    """A cell in the language of whoever looks: ``word.<key>`` with ``facts``."""

    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


Cell = str | int | Word | CertTrayError
"""An error is shown as what happened and what to do."""


def both(zh_tw: str, en: str) -> Word:
    """Return a cell of which a profile or an issuer gives both languages."""
    return Word("both", {"zh_TW": zh_tw, "en": en})


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to show: ``columns`` are catalogue keys below ``column.``, cells are words, texts or numbers as they may be shown.

    ``levels`` has one for each row, or none at all: ``ok``, ``bad``, ``soon`` or ``off``.
    """

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    levels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: the words are ``done.<key>.title`` and ``done.<key>.text`` with ``facts``.

    ``table`` is shown beneath them. ``data`` is what a script gets beside: JSON values, no secret.
    """

    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    table: Table | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    level: str = "ok"
    """How it is shown: ``ok``, ``info`` or ``bad``."""
