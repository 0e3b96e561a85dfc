"""Reading an issuer's JSON without trusting it: every field is looked at before it becomes a fact."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

Choice = TypeVar("Choice", bound=str)

MAX_TEXT = 4096
"""Characters in one string; the longest real one is a clause of the terms. PKCS#7 in base64 has its own limit."""


class Malformed(ValueError):
    """The answer is outside the contract; says which field, never what it held."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One JSON object."""

    fields: dict[str, Any]

    @classmethod
    def parse(cls, body: bytes) -> Answer:
        """Read a body that must be one JSON object."""
        return cls.of(_json(body))

    @classmethod
    def parse_list(cls, body: bytes) -> tuple[Answer, ...]:
        """Read a body that must be a list of JSON objects."""
        return _objects("the body", _json(body))

    @classmethod
    def of(cls, value: object) -> Answer:
        """Take one value that must be an object."""
        if not isinstance(value, dict):
            raise Malformed("not a JSON object")
        return cls(value)

    def text(self, name: str, limit: int = MAX_TEXT) -> str:
        """Return a string that can be shown: not empty, no control characters."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= limit or not value.isprintable():
            raise Malformed(name)
        return value

    def text_or_empty(self, name: str, limit: int = MAX_TEXT) -> str:
        """Return such a string, or the empty one."""
        return "" if self.fields.get(name) == "" else self.text(name, limit)

    def one_of(self, name: str, choices: Sequence[Choice]) -> Choice:
        """Return a string that is one of ``choices``."""
        value = self.text(name)
        for choice in choices:
            if value == choice:
                return choice
        raise Malformed(name)

    def number(self, name: str, low: int = 0, high: int = 1_000_000) -> int:
        """Return a whole number between ``low`` and ``high``."""
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Malformed(name)
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self.fields.get(name)
        if not isinstance(value, bool):
            raise Malformed(name)
        return value

    def time(self, name: str) -> datetime:
        """Return an ISO 8601 time with its zone, as aware."""
        try:
            value = datetime.fromisoformat(self.text(name, 40))
        except ValueError as error:
            raise Malformed(name) from error
        if value.tzinfo is None:
            raise Malformed(name)
        return value

    def serial(self, name: str) -> int:
        """Return a certificate serial printed in hex (RFC 5280 4.1.2.2: at most 20 octets)."""
        value = self.text(name)
        if not re.fullmatch("[0-9A-Fa-f]{1,40}", value):
            raise Malformed(name)
        return int(value, 16)

    def binary(self, name: str, limit: int) -> bytes:
        """Return base64 decoded, of at most ``limit`` characters."""
        try:
            return base64.b64decode(self.text(name, limit), validate=True)
        except ValueError as error:
            raise Malformed(name) from error

    def object(self, name: str) -> Answer:
        """Return an object inside this one."""
        return Answer.of(self.fields.get(name))

    def objects(self, name: str) -> tuple[Answer, ...]:
        """Return a list of objects inside this one."""
        return _objects(name, self.fields.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings."""
        value = self.fields.get(name)
        if not isinstance(value, list):
            raise Malformed(name)
        return tuple(Answer({name: one}).text(name) for one in value)


def _objects(name: str, value: object) -> tuple[Answer, ...]:
    if not isinstance(value, list):
        raise Malformed(name)
    return tuple(Answer.of(one) for one in value)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:  # bad JSON, bad UTF-8, absurd numbers, absurd nesting
        raise Malformed("not JSON") from error
