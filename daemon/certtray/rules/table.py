"""Reading a TOML table key by key, so that every mistake in it is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from certtray.core.errors import ProfileInvalid

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")


class Table:
    """One table of a profile; each key is taken once, and ``done`` refuses what is left.

    All methods raise ProfileInvalid with the file, the dotted key and what is allowed there.
    """

    def __init__(self, path: str, prefix: str, values: dict[str, Any]) -> None:
        self._path = path
        self._prefix = prefix
        self._values = dict(values)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def refuse(self, key: str, reason: str) -> NoReturn:
        """Raise ProfileInvalid for ``key``."""
        raise ProfileInvalid(path=self._path, key=self._prefix + key, reason=reason)

    def text(self, key: str, pattern: str, allowed: str) -> str:
        """Take a string that matches the whole of ``pattern``, which ``allowed`` explains."""
        return self._checked_text(key, self._take(key, str, "a text"), pattern, allowed)

    def texts(self, key: str, pattern: str, allowed: str) -> tuple[str, ...]:
        """Take a list of at least one such string."""
        values = self._take(key, list, "a list of texts")
        if not values:
            self.refuse(key, "must not be empty")
        return tuple(self._checked_text(key, value, pattern, allowed) for value in values)

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        """Take one member of ``choices``."""
        return self._member(key, self._take(key, str, "a text"), choices)

    def choices(self, key: str, choices: type[Choice]) -> tuple[Choice, ...]:
        """Take a list of members of ``choices``, none twice; it may be empty."""
        members = tuple(self._member(key, value, choices) for value in self._take(key, list, "a list of texts"))
        if len(set(members)) < len(members):
            self.refuse(key, "must name each one once")
        return members

    def number(self, key: str, allowed: Collection[int]) -> int:
        """Take one of the ``allowed`` whole numbers."""
        number: int = self._take(key, int, "a whole number")
        if number not in allowed:
            bounds = f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else ", ".join(map(str, allowed))
            self.refuse(key, f"must be one of {bounds}")
        return number

    def flag(self, key: str) -> bool:
        """Take true or false."""
        flag: bool = self._take(key, bool, "true or false")
        return flag

    def parsed(self, key: str, parse: Callable[[str], Value], allowed: str) -> Value:
        """Take a string through ``parse``, whose ValueError means it is not what ``allowed`` says."""
        try:
            return parse(self._take(key, str, "a text"))
        except ValueError:
            self.refuse(key, f"must be {allowed}")

    def numbers(self, key: str, allowed: Collection[int]) -> tuple[int, ...]:
        """Take a list of ``allowed`` whole numbers."""
        values = self._take(key, list, "a list of whole numbers")
        if any(type(value) is not int or value not in allowed for value in values):
            self.refuse(key, f"must be whole numbers from {min(allowed)} to {max(allowed)}")
        return tuple(values)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Take a list of tables (``[[key]]``), which may be missing."""
        values = self._take(key, list, "a list of tables") if key in self else []
        if not all(isinstance(value, dict) for value in values):
            self.refuse(key, "must be a list of tables")
        return tuple(Table(self._path, f"{self._prefix}{key}[{index}].", value) for index, value in enumerate(values))

    def table(self, key: str) -> Table:
        """Take the table below ``key``."""
        return Table(self._path, f"{self._prefix}{key}.", self._take(key, dict, "a table"))

    def done(self) -> None:
        """Refuse keys nobody took: a misspelt rule must not be a rule that silently is not there."""
        for key in self._values:
            self.refuse(key, "is not a key of a profile")

    def _take(self, key: str, kind: type, article: str) -> Any:
        if key not in self._values:
            self.refuse(key, f"is missing; must be {article}")
        value = self._values.pop(key)
        if type(value) is not kind:  # isinstance would let true pass for 1
            self.refuse(key, f"must be {article}")
        return value

    def _checked_text(self, key: str, value: object, pattern: str, allowed: str) -> str:
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            self.refuse(key, f"must be {allowed}")
        return value

    def _member(self, key: str, value: str, choices: type[Choice]) -> Choice:
        try:
            return choices(value)
        except ValueError:
            self.refuse(key, f"must be one of {', '.join(choices)}")
