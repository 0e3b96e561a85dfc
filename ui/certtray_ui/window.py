"""``certtray window``: opens the window and runs its loop on the main thread until it is closed."""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
import urllib.parse
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import webview
from webview import dom

from certtray.core.errors import NoWindow, UsageError
from certtray.endpoint.single import single
from certtray.endpoint.words import Request, Verb
from certtray.program.parts import Parts
from certtray.text import Text
from certtray_ui.bridge import Bridge, Nothing
from certtray_ui.desk import Desk
from certtray_ui.guard import stay_on_page
from certtray_ui.page import page, words
from certtray_ui.targets import Target, read_target

_DROPPED: dict[str, Any] = dom._dnd_state
"""Where pywebview notes what was dropped: a page is told names only, never paths."""
PAPER = {"": "#f6f7f4", "light": "#f6f7f4", "dark": "#101614", "contrast": "#ffffff"}
"""What stands there until the page is painted: ``--paper`` of style.css."""

ICON = Path(__file__).with_name("icon.png")
"""The tray's icon when all is well, as a file: that is what the toolkits take, and drawing it would cost the start."""


def run(arguments: list[str], parts: Parts) -> NoReturn:
    """Open the window at the link given, else at the overview, and end the process with it. UsageError, NoWindow.

    Where this home's window is open already, it is told the link instead.
    """
    target = read_target(arguments[0]) if arguments else Target("overview")
    later: queue.SimpleQueue[Target] = queue.SimpleQueue()

    def received(request: Request) -> None:
        with suppress(UsageError):  # a link of another version leads nowhere here
            later.put(read_target(request.target or target.link))

    endpoint = single("window", parts.home.make(), Request(Verb.SHOW, target.link), received)
    status = 0
    if endpoint is not None:
        status = open_window(parts, target, lambda show: _pass_on(later, show))
        endpoint.close()
        parts.changed()
    logging.shutdown()
    # A thread of pywebview may wait for ever for an answer of the page that is gone, and would keep the process.
    os._exit(status)


def _pass_on(later: queue.SimpleQueue[Target], show: Callable[[Target], None]) -> None:
    def forward() -> None:
        while True:
            show(later.get())

    threading.Thread(target=forward, name="arrivals", daemon=True).start()


def open_window(
    parts: Parts, target: Target, arrivals: Callable[[Callable[[Target], None]], None] | None = None
) -> int:
    """Show the window until it is closed; return the exit status. NoWindow where this desktop cannot show one.

    ``arrivals`` is given the function for targets that come later, from other starts of the program; behind an open
    procedure they wait their turn.
    """
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise NoWindow(reason="DISPLAY, WAYLAND_DISPLAY")
    parts.home.make()
    sys.argv[:1] = ["certtray"]  # toolkits name the window's class after it, by which a desktop finds its entry
    screen = _Screen(parts)
    desk = Desk(parts, target, screen.show)
    window: Any = webview.create_window(
        parts.text.say("window.title"),
        html=page(parts.text, desk.picture()),
        js_api=Nothing(),
        width=1080,
        height=720,
        min_size=(640, 480),
        background_color=PAPER[parts.settings.theme],
        text_select=True,  # else pywebview writes a style sheet of its own, which the page's policy refuses
        zoomable=True,
    )
    # pywebview sends answers through eval, which the page's policy forbids; as a plain script they arrive all the same.
    window.evaluate_js = window.run_js
    screen.window = window
    bridge = Bridge(desk, parts.profiles, _Dialogs(window), desk.start)
    window.expose(*bridge.functions().values())
    window.events.before_show += lambda: stay_on_page(window)
    webview.settings["ALLOW_FILE_URLS"] = False
    webview.settings["OPEN_EXTERNAL_LINKS_IN_BROWSER"] = False
    if arrivals:
        arrivals(desk.show)
    try:
        webview.start(localization=_dialog_titles(parts), icon=str(ICON))
    except webview.WebViewException as error:
        raise NoWindow(reason=str(error)) from None
    desk.close()
    return 0


@dataclass
class _Screen:
    """The window as the desk sees it."""

    parts: Parts
    window: Any = None
    language: str = ""

    def show(self, row: dict[str, Any], text: Text) -> None:
        """Push a picture, with the page's words where the language is new to it."""
        if text.language != self.language:
            self.language = text.language
            row = {**row, "words": words(text)}
            self.window.set_title(text.say("window.title"))
        # json.dumps escapes all but ASCII: GTK counts the script in characters where WebKit wants bytes.
        self.window.run_js(f"certtray.show({json.dumps(row)})")


@dataclass(frozen=True)
class _Dialogs:
    """The system's dialogs, opened by pywebview."""

    window: Any

    def __post_init__(self) -> None:
        _DROPPED["num_listeners"] = 1  # from then on pywebview notes the paths of dropped files

    def file(self) -> str | None:
        return self._ask(webview.FileDialog.OPEN, ("PFX (*.pfx;*.p12;*.PFX;*.P12)", "* (*.*)"))

    def folder(self) -> str | None:
        return self._ask(webview.FileDialog.FOLDER)

    def dropped(self, names: tuple[str, ...]) -> str | None:
        noted = [tuple(map(urllib.parse.unquote, pair)) for pair in _DROPPED["paths"]]
        _DROPPED["paths"] = []
        return next((path for name, path in noted if name in names), None)

    def _ask(self, kind: Any, file_types: tuple[str, ...] = ()) -> str | None:
        found = self.window.create_file_dialog(kind, directory=str(Path.home()), file_types=file_types)
        return str(found[0]) if found else None


def _dialog_titles(parts: Parts) -> dict[str, str]:
    return {
        "linux.openFile": parts.text.say("window.pick_file"),
        "linux.openFolder": parts.text.say("window.settings.add_folder"),
    }
