"""What a flow can ask: few kinds of question, each of which every face can show.

A question carries a catalogue key (``question.<key>.title`` and ``.help``), the facts those sentences need, and how to read an
answer. ``read`` takes what a person typed (or a script sent) and returns the value or raises InputError, upon which the face
says what is wrong and asks again; nothing has left the machine by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from certtray.core.errors import CertTrayError, FileMissing, InputError
from certtray.core.secret import Secret
from certtray.flows.done import Cell

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Action:
    """The person chose a way on instead of an answer: ``resend``, ``other_channel``, ``forgot``, ``keep`` …"""

    name: str


@dataclass(frozen=True, kw_only=True)
class Question(Generic[T]):
    """Base of all questions; ``deadline`` is aware UTC, ``error`` is why the same thing is asked once more.

    ``rows`` (name, value) are what it is about, where that is more than a sentence (2-06, 3-18).
    """

    kind: ClassVar[str]
    secret: ClassVar[bool] = False

    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    deadline: datetime | None = None
    tries_left: int | None = None
    actions: tuple[str, ...] = ()
    error: CertTrayError | None = None
    rows: Sequence[tuple[Cell, Cell]] = ()

    def read(self, answer: object) -> T:
        """Return the value of ``answer``; InputError when it cannot be one."""
        raise NotImplementedError

    def _string(self, answer: object) -> str:
        if not isinstance(answer, str) or "\0" in answer:  # no keyboard types it, and libraries stumble over it
            raise InputError(field=self.key, rule="text")
        return answer


@dataclass(frozen=True, kw_only=True)
class Line(Question[str]):
    """One line of text; ``check`` raises InputError, ``suggested`` stands for an empty answer."""

    kind = "text"
    check: Callable[[str], str] = str
    suggested: str = ""
    suggested_shown: str = ""
    """The suggestion as it may be shown, personal numbers masked."""

    def read(self, answer: object) -> str:
        return self.check(self._string(answer).strip() or self.suggested)


@dataclass(frozen=True, kw_only=True)
class SecretLine(Question["Secret | Action"]):
    """A password that exists, or with ``twice`` a new one, which the face asks twice and compares; ``check`` as in Line."""

    kind = "secret"
    secret = True
    twice: bool = False
    check: Callable[[str], str] = str

    def read(self, answer: object) -> Secret | Action:
        text = self._string(answer)
        if not text:
            raise InputError(field=self.key, rule="empty")
        return Secret(self.check(text))


@dataclass(frozen=True, kw_only=True)
class Code(Question["Secret | Action"]):
    """A one-time code of ``digits`` digits, with the time and the tries left (0-11, 0-12)."""

    kind = "code"
    secret = True
    digits: int = 6

    def read(self, answer: object) -> Secret | Action:
        text = self._string(answer).strip()
        if not (text.isascii() and text.isdigit() and len(text) == self.digits):
            raise InputError(field=self.key, rule="digits", n=self.digits)
        return Secret(text)


@dataclass(frozen=True, kw_only=True)
class Picture(Question["str | Action"]):
    """The digits a picture shows (2-04); the action ``another`` asks for a new one."""

    kind = "picture"
    png: bytes = field(repr=False, default=b"")
    digits: int = 4

    def read(self, answer: object) -> str | Action:
        text = self._string(answer).strip()
        if not (text.isascii() and text.isdigit() and len(text) == self.digits):
            raise InputError(field=self.key, rule="digits", n=self.digits)
        return text


@dataclass(frozen=True, slots=True)
class Option:
    """One of several; its words are ``option.<key>`` with ``facts``."""

    id: str
    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Choice(Question[str]):
    """Exactly one of ``options``; the answer is its id."""

    kind = "choice"
    options: tuple[Option, ...] = ()

    def read(self, answer: object) -> str:
        if answer not in [option.id for option in self.options]:
            raise InputError(field=self.key, rule="choice")
        return str(answer)


@dataclass(frozen=True, kw_only=True)
class Several(Question["tuple[str, ...] | Action"]):
    """Any number of ``options``; the answer is their ids, ``chosen`` those of an empty answer.

    One is named by its id or its fact ``name``, several by a list or between commas; ``all`` and ``none`` are what they say.
    """

    kind = "several"
    options: tuple[Option, ...] = ()
    chosen: tuple[str, ...] = ()

    def read(self, answer: object) -> tuple[str, ...] | Action:
        if isinstance(answer, str):
            answer = [answer] if self._named(answer) else [part for part in answer.split(",") if part.strip()]
            if not answer:
                return self.chosen
        if not isinstance(answer, list):
            raise InputError(field=self.key, rule="several")
        if len(answer) == 1 and str(answer[0]).strip().lower() in ("all", "none"):
            every = tuple(option.id for option in self.options)
            return every if str(answer[0]).strip().lower() == "all" else ()
        found = [self._named(self._string(each)) for each in answer]
        if not all(found):
            raise InputError(field=self.key, rule="several")
        return tuple(option.id for option in self.options if option.id in found)

    def _named(self, text: str) -> str:
        wanted = text.strip().casefold()
        names = {str(option.facts.get("name", option.id)).casefold(): option.id for option in self.options}
        return next((option.id for option in self.options if option.id == wanted), names.get(wanted, ""))


@dataclass(frozen=True, kw_only=True)
class File(Question["Path | Action"]):
    """An existing file."""

    kind = "file"

    def read(self, answer: object) -> Path | Action:
        text = self._string(answer).strip().strip("\"'")
        if not text:
            raise InputError(field=self.key, rule="empty")
        path = Path(text).expanduser().absolute()
        if not path.is_file():
            raise FileMissing(path=str(path))
        return path


@dataclass(frozen=True, kw_only=True)
class Place(Question[Path]):
    """Where a new file shall lie; ``suggested`` stands for an empty answer and gives the name within a folder."""

    kind = "place"
    suggested: Path = Path()

    def read(self, answer: object) -> Path:
        text = self._string(answer).strip().strip("\"'")
        path = Path(text).expanduser().absolute() if text else self.suggested
        if path.is_dir():
            path = path / self.suggested.name
        if not path.parent.is_dir():
            raise InputError(field=self.key, rule="no_folder")
        return path


@dataclass(frozen=True, kw_only=True)
class Terms(Question[bool]):
    """Clauses that must be accepted to go on (0-14); each clause is text in the face's language."""

    kind = "terms"
    clauses: tuple[Mapping[str, str], ...] = ()
    version: str = ""

    def read(self, answer: object) -> bool:
        if answer is not True:
            raise InputError(field=self.key, rule="terms")
        return True


@dataclass(frozen=True, kw_only=True)
class Confirm(Question[bool]):
    """Yes or no."""

    kind = "confirm"

    def read(self, answer: object) -> bool:
        if not isinstance(answer, bool):
            raise InputError(field=self.key, rule="confirm")
        return answer


def plain(answer: T | Action) -> T:
    """Return the value of a question that offered no action."""
    if isinstance(answer, Action):
        raise TypeError(answer.name)
    return answer
