"""What the tray shows, and what it posts when somebody clicks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from certtray.tray.icon import Mark


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that needs the person, and the page that deals with it."""

    text: str
    target: str
    """``certtray://flow/renew/<fingerprint>`` and the like."""
    mark: Mark


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand, in words of ``language``; the tray masks personal numbers in them."""

    language: str
    sentence: str
    """One look, one answer: ``有 2 件憑證的事要請您看一下``."""
    attention: tuple[Line, ...] = ()
    """Most urgent first; unfinished operations and locked files are among them."""
    paused_until: datetime | None = None
    """Aware; None while notices are shown."""

    @property
    def mark(self) -> Mark:
        """The most urgent of all lines."""
        return max((line.mark for line in self.attention), default=Mark.WELL)


class Do(Enum):
    """A wish without a target."""

    CHECK = "check"
    PAUSE_HOUR = "pause-hour"
    PAUSE_UNTIL_MORNING = "pause-until-morning"
    UNPAUSE = "unpause"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Open:
    """Show this page of the window."""

    target: str


@dataclass(frozen=True, slots=True)
class NoTray:
    """No icon can be seen now; ``why`` is a sentence for the person, to be shown once."""

    why: str


Command = Do | Open | NoTray
"""What the tray posts."""
