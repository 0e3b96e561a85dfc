"""When failures are worth a word: one bad check is nobody's business, a row of them is."""

from __future__ import annotations

ROW = 3
"""Checks that fail one after another before it is said; with an hourly check, two hours."""


class Trouble:
    """Counts failed checks; says each spell of trouble once."""

    def __init__(self) -> None:
        self._failures = 0

    def failed(self) -> bool:
        """Take note of a failure; true when it is to be said now."""
        self._failures += 1
        return self._failures == ROW

    def succeeded(self) -> bool:
        """Take note of a success; true when it ends a spell that was said."""
        was_said = self._failures >= ROW
        self._failures = 0
        return was_said
