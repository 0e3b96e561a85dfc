"""The face for scripts: one JSON line for each question and event on stdout, one for each answer on stdin (``--json``).

Answers: ``{"id": 3, "answer": …}``, ``{"id": 3, "action": "resend"}`` or ``{"id": 3, "cancel": true}``. A secret is never echoed.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from certtray.cli.shown import error_as_data, event_as_data, question_as_data
from certtray.core.errors import Cancelled, CertTrayError, InputError, TimeUp, UsageError
from certtray.flows.face import Event
from certtray.flows.questions import Action, Question
from certtray.text import Text

T = TypeVar("T")


class Dialogue:
    """Speaks JSON lines; ``end`` writes the closing one."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._asked = 0
        self._lines: queue.SimpleQueue[str] | None = None

    def ask(self, question: Question[T]) -> T:
        """Write the question, read its answer; one that cannot be is met by ``{"type": "invalid"}``."""
        self._asked += 1
        self._write(question_as_data(self._text, question, self._asked))
        while True:
            answer = self._answer(question)
            if answer.get("cancel"):
                raise Cancelled(where=question.key)
            if answer.get("action") in question.actions:
                return cast(T, Action(answer["action"]))
            try:
                if "action" in answer:
                    raise InputError(field=question.key, rule="action")
                return question.read(answer.get("answer"))
            except CertTrayError as error:
                self._write({"type": "invalid", "id": self._asked, "error": error_as_data(self._text, error)})

    def tell(self, event: Event) -> None:
        """Write the event."""
        self._write(event_as_data(self._text, event))

    def wait(self, key: str, work: Callable[[], T], abort: Callable[[], None] | None = None) -> T:
        """Say what is being waited for, then do it."""
        del abort  # who drives this ends the program
        self._write({"type": "wait", "key": key, "text": self._text.say(f"wait.{key}")})
        return work()

    def end(self, result: dict[str, Any]) -> None:
        """Write the last line: ``{"type": "result", …}``."""
        self._write({"type": "result", **result})

    def fail(self, error: CertTrayError) -> None:
        """Write the last line: ``{"type": "error", …}``."""
        self._write({"type": "error", **error_as_data(self._text, error)})

    def _answer(self, question: Question[Any]) -> dict[str, Any]:
        line = self._line(question)
        try:
            answer = json.loads(line)
        except json.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict) or answer.get("id", self._asked) != self._asked:
            raise UsageError(reason=f'answer question {self._asked} with {{"id": {self._asked}, "answer": …}}')
        return answer

    def _line(self, question: Question[Any]) -> str:
        if self._lines is None:
            self._lines = queue.SimpleQueue()
            threading.Thread(target=_read_lines, args=(self._lines,), daemon=True).start()
        left = None
        if question.deadline:
            left = max(0.0, (question.deadline - datetime.now(UTC)).total_seconds())
        try:
            line = self._lines.get(timeout=left)
        except queue.Empty:
            raise TimeUp(where=question.key) from None
        if not line:
            raise Cancelled(where=question.key)
        return line

    @staticmethod
    def _write(row: dict[str, Any]) -> None:
        print(json.dumps(row, ensure_ascii=False), flush=True)


def _read_lines(lines: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    lines.put("")
