"""Drives a procedure over ``--json`` as any script could: answers by the question's key."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, ClassVar, cast

Row = dict[str, Any]
Answer = Any
"""A value, ``{"action": …}``, ``{"cancel": True}``, or a function of the question that returns one of these."""


@dataclass
class Played:
    """All that was said in one run, in order, and how it ended."""

    rows: list[Row] = field(default_factory=list)
    exit_status: int = 0
    errors: str = ""

    def questions(self, key: str = "") -> list[Row]:
        """Return the questions asked, or those of one key."""
        return [row for row in self.rows if row["type"] == "question" and key in ("", row["key"])]

    def events(self) -> list[str]:
        """Return the keys of the events told."""
        return [row["key"] for row in self.rows if row["type"] == "event"]

    @property
    def end(self) -> Row:
        """The last line: a result or an error."""
        return self.rows[-1] if self.rows else {"type": "none"}


class Conversation:
    """One running ``certtray … --json``; ``play`` answers from a table until it ends."""

    popen: ClassVar[type[subprocess.Popen[Any]]] = subprocess.Popen
    """What starts it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.process = self.popen(
            [*command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            text=True,
            encoding="utf-8",
        )
        self._stdin, self._stdout = cast(IO[str], self.process.stdin), cast(IO[str], self.process.stdout)

    def rows(self) -> Iterator[Row]:
        """Yield each line the program writes."""
        for line in self._stdout:
            yield json.loads(line)

    def answer(self, question: Row, answer: Answer) -> None:
        """Send one answer."""
        special = isinstance(answer, dict) and ("action" in answer or "cancel" in answer)
        row = {"id": question["id"], **(answer if special else {"answer": answer})}
        try:
            self._stdin.write(json.dumps(row) + "\n")
            self._stdin.flush()
        except BrokenPipeError:  # it ended meanwhile; its last line says why
            return

    def play(self, answers: Mapping[str, Answer]) -> Played:
        """Answer until the end; a list of answers is used one by one. A question without an answer is cancelled."""
        played, left = Played(), {key: list(each) if isinstance(each, list) else each for key, each in answers.items()}
        question: Row = {}
        try:
            for row in self.rows():
                played.rows.append(row)
                if row["type"] == "question":
                    question = row
                if row["type"] in ("question", "invalid"):
                    self.answer(question, _next(left, question))
            played.exit_status = self.process.wait(timeout=60)
            played.errors = cast(IO[str], self.process.stderr).read()
        finally:
            self.close()
        return played

    def close(self) -> None:
        """End the process if it still runs."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()


def _next(left: dict[str, Answer], question: Row) -> Answer:
    answer: Answer = left.get(question["key"], {"cancel": True})
    if isinstance(answer, list):
        answer = answer.pop(0) if answer else {"cancel": True}
    return answer(question) if callable(answer) else answer
