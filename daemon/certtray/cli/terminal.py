"""The face for a person at a terminal: one question at a time, what it is for, the time and the tries left beneath."""

from __future__ import annotations

import base64
import sys
import threading
import webbrowser
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import PathCompleter

from certtray.cli.drawing import drawn, on_a_desktop
from certtray.cli.shown import error_as_data, event_as_data, question_as_data
from certtray.core.errors import Cancelled, CertTrayError, InputError, TimeUp
from certtray.flows.face import Event
from certtray.flows.questions import Action, Choice, Confirm, File, Place, Question, SecretLine, Several, Terms
from certtray.text import Text

T = TypeVar("T")


class Terminal:
    """Asks on the terminal. An action is typed as ``/`` and its number, ``Ctrl-C`` or ``Ctrl-D`` stops."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._asked = 0

    def ask(self, question: Question[T]) -> T:
        """Show the question until it has a valid answer."""
        self._asked += 1
        shown = question_as_data(self._text, question, self._asked)
        self._show(shown)
        while True:
            typed = self._type(question, shown)
            action = self._action(question, typed)
            if action is not None:
                return cast(T, action)
            try:
                if isinstance(question, SecretLine) and question.twice and typed:
                    again = self._prompt(question, self._text.say("terminal.again"))
                    if again != typed:
                        raise InputError(field=question.key, rule="differ")
                return question.read(self._meant(question, typed))
            except CertTrayError as error:
                self._complain(error)

    def tell(self, event: Event) -> None:
        """Print the event's sentence; a page to log in on is opened too, where there is a desktop to open it on."""
        print(f"· {event_as_data(self._text, event)['text']}", flush=True)
        if event.key == "open_page" and on_a_desktop():
            webbrowser.open(str(event.facts["address"]))

    def wait(self, key: str, work: Callable[[], T], abort: Callable[[], None] | None = None) -> T:
        """Run ``work`` with its name and the seconds on the line; the line goes when it is done."""
        del abort  # Ctrl-C interrupts whatever runs
        if not sys.stdout.isatty():
            return work()
        done = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(self._text.say(f"wait.{key}"), done))
        ticker.start()
        try:
            return work()
        except KeyboardInterrupt:
            raise Cancelled(where=key) from None
        finally:
            done.set()
            ticker.join()

    def fail(self, error: CertTrayError) -> None:
        """Say what happened and what to do."""
        self._complain(error)

    def _show(self, shown: dict[str, Any]) -> None:
        print(f"\n{shown['title']}")
        if shown["help"]:
            print(f"  {shown['help']}")
        if "error" in shown:
            print(f"  ✗ {shown['error']['title']}{self._text.say('terminal.colon')}{shown['error']['what']}")
        for number, option in enumerate(shown.get("options", []), 1):
            if "chosen" in shown:  # several may be named by their ids, which mean something elsewhere too
                print(f"  {option['id']}.{'*' if option['id'] in shown['chosen'] else ''} {option['label']}")
            else:
                print(f"  {number}. {option['label']}")
        for name, value in shown.get("rows", []):
            print(f"  {name}{self._text.say('terminal.colon')}{value}")
        if "png" in shown:
            print(drawn(base64.b64decode(shown["png"])))
        for number, clause in enumerate(shown.get("clauses", []), 1):
            print(f"  {number}. {clause}")
        for number, action in enumerate(shown["actions"], 1):
            print(f"  /{number} {action['label']}")

    def _type(self, question: Question[Any], shown: dict[str, Any]) -> str:
        match question:
            case Confirm() | Terms():
                hint = self._text.say("terminal.yes_no")
            case Several():
                hint = ",".join(question.chosen) or self._text.say("terminal.several")
            case _:
                hint = shown.get("suggested", "")
        return self._prompt(question, f"[{hint}] " if hint else "")

    def _prompt(self, question: Question[Any], hint: str) -> str:
        def message() -> str:
            # Above the input and not in a toolbar: a toolbar waits for terminals that tell their height, and some never do.
            line = self._left(question)
            return f"  {line}\n{hint}> " if line else f"{hint}> "

        session: PromptSession[str] = PromptSession(
            message,
            is_password=question.secret,
            refresh_interval=1 if question.deadline else 0,
            completer=PathCompleter(expanduser=True) if isinstance(question, File | Place) else None,
        )
        try:
            return session.prompt()
        except (KeyboardInterrupt, EOFError):
            raise Cancelled(where=question.key) from None

    def _left(self, question: Question[Any]) -> str:
        """Return the time and the tries left; past its deadline the running prompt ends with TimeUp."""
        parts = []
        if question.deadline:
            seconds = int((question.deadline - datetime.now(UTC)).total_seconds())
            if seconds < 0:
                get_app().exit(exception=TimeUp(where=question.key))
            minutes, seconds = divmod(max(0, seconds), 60)
            parts.append(self._text.say("terminal.time_left", time=f"{minutes}:{seconds:02}"))
        if question.tries_left is not None:
            parts.append(self._text.say("terminal.tries_left", n=question.tries_left))
        return "  ".join(parts)

    def _meant(self, question: Question[Any], typed: str) -> object:
        match question:
            case Confirm() | Terms():
                return {"y": True, "yes": True, "是": True, "n": False, "no": False, "否": False}.get(
                    typed.strip().lower()
                )
            case Choice():
                number = int(typed) if typed.isascii() and typed.isdigit() else 0
                return question.options[number - 1].id if 1 <= number <= len(question.options) else typed
            case _:
                return typed

    @staticmethod
    def _action(question: Question[Any], typed: str) -> Action | None:
        # A password may begin with a slash: only an exact "/1" … "/n" is an action.
        names = {f"/{number}": name for number, name in enumerate(question.actions, 1)}
        return Action(names[typed]) if typed in names else None

    def _complain(self, error: CertTrayError) -> None:
        words = error_as_data(self._text, error)
        print(f"✗ {words['title']}\n  {words['what']}\n  {words['todo']}", file=sys.stderr, flush=True)

    @staticmethod
    def _tick(label: str, done: threading.Event) -> None:
        if done.wait(0.3):  # what is over in a moment needs no line
            return
        seconds = 0
        while True:
            print(f"\r  {label} {seconds or ''}", end="", flush=True)
            if done.wait(1):
                break
            seconds += 1
        print("\r\033[K", end="", flush=True)
