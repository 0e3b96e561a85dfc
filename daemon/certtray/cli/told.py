"""A face whose person has answered one question beforehand, on the command line (``--to``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from certtray.flows.face import Event, Face
from certtray.flows.questions import Question

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """``face``, with ``answer`` to the question ``key``; everything else is asked there."""

    face: Face
    key: str
    answer: list[str]

    def ask(self, question: Question[T]) -> T:
        """InputError where what was said beforehand cannot be the answer."""
        return question.read(self.answer) if question.key == self.key else self.face.ask(question)

    def tell(self, event: Event) -> None:
        """As the face."""
        self.face.tell(event)

    def wait(self, key: str, work: Callable[[], T], abort: Callable[[], None] | None = None) -> T:
        """As the face."""
        return self.face.wait(key, work, abort)
