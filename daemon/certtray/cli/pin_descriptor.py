"""PINs from a file descriptor (``--pin-fd``): one line for each question that asks for one, everything else asked as ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from certtray.core.errors import Cancelled, UsageError
from certtray.flows.face import Event, Face
from certtray.flows.questions import Question
from certtray.flows.tokens import PIN_QUESTIONS

T = TypeVar("T")


class PinDescriptor:
    """The face ``inner``, but for PINs. A refused PIN ends it: the next line was meant for another question."""

    def __init__(self, inner: Face, descriptor: int) -> None:
        self._inner = inner
        try:
            self._lines = os.fdopen(descriptor, encoding="utf-8")
        except OSError as error:
            raise UsageError(reason=f"--pin-fd {descriptor}: {error.strerror}") from None

    def ask(self, question: Question[T]) -> T:
        """Answer a PIN's question with the next line; Cancelled when there is none, InputError when it cannot be one."""
        if question.key not in PIN_QUESTIONS:
            return self._inner.ask(question)
        if question.error is not None:
            raise question.error
        line = self._lines.readline()
        if not line:
            raise Cancelled(where=question.key)
        return question.read(line.rstrip("\r\n"))

    def tell(self, event: Event) -> None:
        """Show ``event``."""
        self._inner.tell(event)

    def wait(self, key: str, work: Callable[[], T], abort: Callable[[], None] | None = None) -> T:
        """Run ``work``."""
        return self._inner.wait(key, work, abort)
