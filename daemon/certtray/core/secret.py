"""A value that never shows itself."""

from __future__ import annotations

from typing import Final


class Secret:
    """A password, PIN or one-time code; ``reveal()`` is the only way to the text. Not picklable, no useful repr."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def reveal(self) -> str:
        """Return the text, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    __hash__ = None  # type: ignore[assignment]  # a hash in a dict would outlive its use

    def __reduce__(self) -> str:
        raise TypeError("a Secret does not leave its process")
