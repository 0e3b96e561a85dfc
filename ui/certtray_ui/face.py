"""The window as the face of a procedure: the procedure runs in a thread of its own, the page answers from others."""

from __future__ import annotations

import queue
import threading
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from certtray.cli.shown import event_as_data, question_as_data
from certtray.core.errors import Cancelled, CertTrayError, InputError, TimeUp
from certtray.core.secret import Secret
from certtray.flows.face import Event
from certtray.flows.questions import Action, Question, SecretLine
from certtray.system.clock import Clock
from certtray.text import Text
from certtray_ui.words import error_in_window, event_in_window, question_in_window

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was typed or chosen; ``again`` where it was asked twice. Never shown, for it may be a secret."""

    value: Secret | bool
    again: Secret | None = None


@dataclass(frozen=True, slots=True)
class _Stop:
    """The person stopped."""


class WindowFace:
    """Ask, tell and wait for one procedure; ``changed`` is called (from any thread) when there is something new to show."""

    def __init__(self, changed: Callable[[], None], clock: Clock) -> None:
        self._changed = changed
        self._clock = clock
        self._lock = threading.Lock()
        self._replies: queue.SimpleQueue[Answer | Action | _Stop] = queue.SimpleQueue()
        self._number = 0
        self._question: Question[Any] | None = None
        self._invalid: CertTrayError | None = None
        self._waiting = ""
        self._abort: Callable[[], None] | None = None
        self._stopped = False
        self._keys: list[str] = []
        self._events: list[Event] = []

    def ask(self, question: Question[T]) -> T:
        """Show the question until it has a valid answer; Cancelled, TimeUp."""
        with self._lock:
            self._number += 1
            self._question, self._invalid = question, None
            self._replies = queue.SimpleQueue()
            self._keys.append(question.key)
            if self._stopped:
                self._replies.put(_Stop())
        try:
            while True:
                self._changed()
                reply = self._reply(question)
                match reply:
                    case _Stop():
                        raise Cancelled(where=question.key)
                    case Action():
                        return cast(T, reply)
                    case Answer():
                        try:
                            return question.read(_plain(question, reply))
                        except CertTrayError as error:
                            self._invalid = error
        finally:
            with self._lock:
                self._question = None

    def tell(self, event: Event) -> None:
        """Show the event among what has happened; a page to log in on is opened."""
        self._events.append(event)
        if event.key == "open_page":
            webbrowser.open(str(event.facts["address"]))
        self._changed()

    def wait(self, key: str, work: Callable[[], T], abort: Callable[[], None] | None = None) -> T:
        """Show what is being done while it runs. Cancelled is raised once it has ended; ``stop`` ends what can be aborted."""
        with self._lock:
            self._waiting, self._abort = key, abort
        self._changed()
        try:
            done = work()
        except CertTrayError:
            if self._stopped and abort is not None:
                raise Cancelled(where=key) from None
            raise
        finally:
            with self._lock:
                self._waiting, self._abort = "", None
        if self._stopped:
            raise Cancelled(where=key)
        return done

    def answer(self, number: int, answer: Answer) -> None:
        """Hand in an answer; one to another question than the one shown is dropped."""
        with self._lock:
            if self._question is not None and number == self._number:
                self._replies.put(answer)

    def act(self, number: int, name: str) -> None:
        """Choose another way on instead of an answer."""
        with self._lock:
            if self._question is not None and number == self._number and name in self._question.actions:
                self._replies.put(Action(name))

    def stop(self) -> None:
        """End the procedure at its next safe point: in ``ask`` at once, in ``wait`` when its work has ended or is aborted."""
        with self._lock:
            self._stopped = True
            if self._abort is not None:
                self._abort()
            self._replies.put(_Stop())
        self._changed()

    def asks_for(self, kind: str) -> bool:
        """Whether the question shown is of this kind: only then a file or a folder may be picked."""
        question = self._question
        return question is not None and question.kind == kind

    @property
    def keys(self) -> list[str]:
        """Questions asked so far, the last one shown now or answered."""
        return list(self._keys)

    @property
    def events(self) -> list[Event]:
        """What has happened so far."""
        return list(self._events)

    def picture(self, text: Text, issuer: str) -> dict[str, Any]:
        """Return what to show now, in the language of ``text``, as is ``issuer``'s name; holds nothing that was typed."""
        with self._lock:
            question, number, invalid, waiting = self._question, self._number, self._invalid, self._waiting
        shown: dict[str, Any] = {"stopping": self._stopped}
        if question is not None:
            question = replace(question, facts=_with_issuer(question.facts, issuer))
            shown["question"] = question_in_window(text, question_as_data(text, question, number))
            if error := invalid or question.error:
                shown["question"]["error"] = error_in_window(text, error)
        else:
            shown["wait"] = text.say(f"wait.{waiting}") if waiting else text.say("window.busy")
        events = [Event(event.key, _with_issuer(event.facts, issuer)) for event in self._events]
        shown["events"] = [event_in_window(text, event_as_data(text, event)) for event in events]
        return shown

    def _reply(self, question: Question[Any]) -> Answer | Action | _Stop:
        left = None
        if question.deadline:
            left = max(0.0, (question.deadline - self._clock()).total_seconds())
        try:
            return self._replies.get(timeout=left)
        except queue.Empty:
            raise TimeUp(where=question.key) from None


def _with_issuer(facts: Mapping[str, str | int], issuer: str) -> Mapping[str, str | int]:
    # The procedure named it in the language it began in.
    return {**facts, "issuer": issuer} if issuer and "issuer" in facts else facts


def _plain(question: Question[Any], answer: Answer) -> str | bool:
    if isinstance(answer.value, bool):
        return answer.value
    if isinstance(question, SecretLine) and question.twice and answer.value and answer.again != answer.value:
        raise InputError(field=question.key, rule="differ")
    return answer.value.reveal()
