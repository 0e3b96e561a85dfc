"""What a notice is, and what can show one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Button:
    """A way on; ``id`` is what the choice is called, ``label`` is in the user's language."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Message:
    """One notice as the person sees it: short, and without a full personal number."""

    id: str
    """A notice with the id of one that stands takes its place."""
    title: str
    body: str
    buttons: tuple[Button, ...]
    """A click on the notice itself means the first."""
    target: str
    """What the first button opens: ``certtray://…``."""
    fingerprints: tuple[str, ...] = ()
    """The certificates it speaks of; ``DRIFT`` alone where it speaks of stores."""
    urgent: bool = False
    """Whether it stays until it is seen."""


class Obstacle(StrEnum):
    """Why nothing can be shown this way; words under ``obstacle.<value>``."""

    NO_BUS = "no-bus"
    NO_SERVER = "no-server"
    NOT_INSTALLED = "not-installed"
    NO_BUNDLE = "no-bundle"
    REFUSED = "refused"


class Notifier(Protocol):
    """One way to show notices. Methods may be called from any thread but the one that calls ``on_choice``."""

    @property
    def name(self) -> str:
        """The library that does it, for the environment report."""
        ...

    def why_not(self) -> Obstacle | None:
        """Return what stands in the way now, None where notices can be shown."""
        ...

    def send(self, message: Message, on_choice: Callable[[str], None]) -> Obstacle | None:
        """Show ``message``; None when the desktop took it.

        ``on_choice`` gets the id of the button, at most once and on a thread of the notifier's own: it must only post.
        """
        ...

    def withdraw(self, message_id: str) -> None:
        """Take a notice back; one that is gone already is no error."""
        ...

    def close(self) -> None:
        """Take back all that stands, since a click could no longer be answered, and end."""
        ...
