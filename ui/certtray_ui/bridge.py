"""What the page may call: a few functions, every argument checked, no object behind them, no trace of an error to the page.

pywebview looks names up in the ``js_api`` object too, private and special ones included (PITFALLS.md), so that object is one
without any attribute. Every function returns ``{"value": …}`` or ``{"refused": …}`` and raises nothing.
"""

from __future__ import annotations

import logging
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from certtray.core.errors import CertTrayError, UsageError
from certtray.core.languages import LANGUAGES
from certtray.core.secret import Secret
from certtray.rules.profile import Profile
from certtray.system.settings import INSTALL_EVERYWHERE, THEMES
from certtray_ui.desk import Desk, folder_without
from certtray_ui.face import Answer
from certtray_ui.targets import read_target

LONGEST = 4096
"""Characters; no answer and no path a person gives is longer."""

Check = Callable[[object], Any]
"""Returns an argument as it may be used, or raises UsageError."""

log = logging.getLogger(__name__)


class Nothing:
    """Stands where pywebview looks for callable attributes, and has none: not even those of every object."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        raise AttributeError(name)

    def __dir__(self) -> tuple[str, ...]:
        return ()


class Dialogs(Protocol):
    """The system's own dialogs; both return a path, or None when the person thought better of it."""

    def file(self) -> str | None:
        """Pick a file."""

    def folder(self) -> str | None:
        """Pick a folder."""

    def dropped(self, names: tuple[str, ...]) -> str | None:
        """Return the path of the file just dropped on the window whose name is among ``names``."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Binds the functions to the desk."""

    desk: Desk
    profiles: Mapping[str, Profile]
    dialogs: Dialogs
    ready: Callable[[], None]

    def functions(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """Return what the page may call, by name."""
        table: dict[str, tuple[tuple[Check, ...], Callable[..., object]]] = {
            "ready": ((), self.ready),
            "go": ((_text,), lambda link: self.desk.go(read_target(link))),
            "fix": ((_text,), lambda link: self.desk.fix(read_target(link))),
            "answer": ((_number, _answer, _again), self._answer),
            "act": ((_number, _name), self.desk.act),
            "stop": ((), self.desk.stop),
            "leave": ((), self.desk.leave),
            "check": ((), self.desk.check),
            "log_out": ((), self.desk.log_out),
            "language": ((_one_of("", *LANGUAGES),), self._language),
            "theme": ((_one_of("", *THEMES),), self._theme),
            "everywhere": ((_one_of(*INSTALL_EVERYWHERE),), self._everywhere),
            "autostart": ((_one_of("on", "off"),), lambda wish: self.desk.start_at_login(wish == "on")),
            "pick_file": ((), self._pick_file),
            "drop_file": ((_names,), self._drop_file),
            "pick_place": ((), self._pick_place),
            "add_folder": ((), self._add_folder),
            "remove_folder": ((_number,), self._remove_folder),
            "open_page": ((_one_of(*self.profiles),), self._open_page),
            "open_download": ((_one_of(*self.profiles), _number), self._open_download),
        }
        return {name: _guarded(name, checks, act) for name, (checks, act) in table.items()}

    def _answer(self, number: int, value: str | bool, again: str | None) -> None:
        typed = value if isinstance(value, bool) else Secret(value)
        self.desk.answer(number, Answer(typed, None if again is None else Secret(again)))

    def _language(self, language: str) -> None:
        self.desk.choose(lambda settings: replace(settings, language=language))

    def _theme(self, theme: str) -> None:
        self.desk.choose(lambda settings: replace(settings, theme=theme))

    def _everywhere(self, wish: str) -> None:
        self.desk.choose(lambda settings: replace(settings, install_everywhere=wish))

    def _pick_file(self) -> str | None:
        # A path from the dialog only while a question asks for one: the page cannot open dialogs as it likes.
        return self.dialogs.file() if self.desk.wants_file else None

    def _pick_place(self) -> str | None:
        return self.dialogs.folder() if self.desk.wants_place else None

    def _drop_file(self, names: tuple[str, ...]) -> str | None:
        return self.dialogs.dropped(names) if self.desk.wants_file else None

    def _add_folder(self) -> None:
        if folder := self.dialogs.folder():
            self.desk.choose(lambda settings: settings.with_folder(Path(folder)))

    def _remove_folder(self, index: int) -> None:
        if index >= len(self.desk.folders):
            raise UsageError(reason="folder")
        self.desk.choose(lambda settings: folder_without(settings, index))

    def _open_page(self, profile: str) -> None:
        webbrowser.open(self.profiles[profile].contact.page)

    def _open_download(self, profile: str, index: int) -> None:
        offered = self.profiles[profile].resources
        if index >= len(offered):
            raise UsageError(reason="download")
        webbrowser.open(offered[index].url)


def _guarded(name: str, checks: tuple[Check, ...], act: Callable[..., object]) -> Callable[..., dict[str, Any]]:
    def call(*given: object) -> dict[str, Any]:
        try:
            if len(given) != len(checks):
                raise UsageError(reason=f"{len(given)} arguments")
            return {"value": act(*(check(value) for check, value in zip(checks, given, strict=True)))}
        except CertTrayError as error:
            log.warning("%s refused: %s", name, error)
            return {"refused": error.code}
        except Exception as error:  # what went wrong is for the log; the page learns that it did
            log.error("%s failed: %s", name, type(error).__name__)
            return {"refused": "internal"}

    call.__name__ = name
    return call


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise UsageError(reason="text")
    return value


def _name(value: object) -> str:
    text = _text(value)
    if not (text.isascii() and text.replace("_", "").isalnum()):
        raise UsageError(reason="name")
    return text


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 32:
        raise UsageError(reason="names")
    return tuple(_text(each) for each in value)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1_000_000:
        raise UsageError(reason="number")
    return value


def _answer(value: object) -> str | bool:
    return value if isinstance(value, bool) else _text(value)


def _again(value: object) -> str | None:
    return None if value is None else _text(value)


def _one_of(*names: str) -> Check:
    def check(value: object) -> str:
        text = _text(value)
        if text not in names:
            raise UsageError(reason="choice")
        return text

    return check
