"""The three verbs between a flow and whoever shows it: ask, tell, wait."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from certtray.core.errors import Cancelled
from certtray.flows.questions import Question

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Event:
    """Something the person should know; its words are ``event.<key>`` with ``facts``."""

    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


class Unattended:
    """A face with nobody before it: what would have to be asked is left for later."""

    def ask(self, question: Question[T]) -> T:
        """Cancelled, always."""
        raise Cancelled(where=question.key)

    def tell(self, event: Event) -> None:
        """Keep it in the log."""
        log.info("%s %s", event.key, dict(event.facts))

    def wait(self, key: str, work: Callable[[], T], abort: Callable[[], None] | None = None) -> T:
        """Run ``work``."""
        del key, abort
        return work()


class Face(Protocol):
    """A terminal, a script over ``--json``, or a window."""

    def ask(self, question: Question[T]) -> T:
        """Return a valid answer; Cancelled when the person stops, TimeUp when the deadline passes."""
        ...

    def tell(self, event: Event) -> None:
        """Show ``event``; returns at once."""
        ...

    def wait(self, key: str, work: Callable[[], T], abort: Callable[[], None] | None = None) -> T:
        """Run ``work`` while showing ``wait.<key>``; returns or raises what ``work`` does, Cancelled when the person stops.

        Work is never cut off, except that which ``abort`` ends.
        """
        ...
