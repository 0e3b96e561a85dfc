"""How a procedure ends that leaves no operation behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Word:
    """A cell that is an entry of the catalogue, with its facts."""

    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to show: ``columns`` are catalogue keys below ``column.``; texts and numbers are cells as they may be shown."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[str | int | Word]]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: the words are ``done.<key>.title`` and ``done.<key>.text`` with ``facts``.

    ``table`` is shown beneath them. ``data`` is what a script gets beside: JSON values, no secret.
    """

    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    table: Table | None = None
    data: Mapping[str, object] = field(default_factory=dict)
