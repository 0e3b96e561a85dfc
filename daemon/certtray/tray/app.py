"""The tray of the resident process: shows a situation, posts what is clicked. Nothing here decides anything."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from certtray.text import Text
from certtray.tray import stock
from certtray.tray.choose import Choice, Kind, choose, icon_class
from certtray.tray.icon import Mark, draw
from certtray.tray.menu import SEPARATOR, Item, menu, title
from certtray.tray.situation import Command, NoTray, Situation

NAME = "certtray"
ONE_SIZE = 64
"""Pixels of the image where a backend takes only one; it is scaled down."""
PATIENCE = 5.0
"""Seconds until a missing panel is spoken of; programs that start at login may be there before it."""
WINDOWS_TITLE = 127
"""UTF-16 units NOTIFYICONDATAW.szTip holds beside its end; pystray raises ValueError above."""


class TrayApp:
    """The icon and its menu; ``on`` gets every command, on the thread that shows them, and must only post it."""

    def __init__(self, situation: Situation, on: Callable[[Command], None]) -> None:
        self._situation = situation
        self._on = on
        # Re-entrant: a signal handler may call stop() while the same thread is inside.
        self._lock = threading.RLock()
        self._icon: Any = None
        self._looks: tuple[Mark, int] | None = None
        self._stopping = False
        self._end: Callable[[], object] = lambda: None

    def run(self) -> None:
        """Show the tray until ``stop``; to be called from the main thread.

        Where no icon can be seen NoTray is posted, once; then a panel of either kind is waited for as long as it takes.
        """
        choice = self._choose(PATIENCE)
        if choice is not None and choice.why_unseen:
            self._on(NoTray(Text(self._situation.language).say(choice.why_unseen)))
            choice = self._choose(None)
        if choice is None:
            return
        if choice.kind is Kind.NONE:
            stopped = threading.Event()
            if self._ends_with(stopped.set):
                stopped.wait()
            return
        icon_class(choice.kind)(NAME, icon=draw(self._situation.mark, 0, ONE_SIZE)).run(self._start)

    def show(self, situation: Situation) -> None:
        """Show ``situation`` from now on; from any thread."""
        with self._lock:
            before, self._situation = self._situation, situation
            if self._icon is not None and situation != before:
                self._fill(self._icon, situation)

    def stop(self) -> None:
        """End ``run``, also before it began; from any thread and from a signal handler."""
        with self._lock:
            self._stopping = True
            end = self._end
        end()

    def _choose(self, patience: float | None) -> Choice | None:
        """Return how to show the icon, waiting so many seconds for a panel; None when stopped meanwhile."""
        if sys.platform != "linux":
            return None if self._stopping else Choice(Kind.NATIVE)
        from certtray.tray.panels import look  # what it needs is not there on other systems

        async def looking() -> Choice | None:
            loop, task = asyncio.get_running_loop(), asyncio.ensure_future(look(patience))

            def cancel() -> None:
                with contextlib.suppress(RuntimeError):  # the loop ended just before
                    loop.call_soon_threadsafe(task.cancel)

            if not self._ends_with(cancel):
                task.cancel()
            try:
                return choose(await task, os.environ)
            except asyncio.CancelledError:
                return None
            finally:
                self._ends_with(lambda: None)

        return asyncio.run(looking())

    def _ends_with(self, end: Callable[[], object]) -> bool:
        """Let ``stop`` call ``end`` from now on; False when it was called already."""
        with self._lock:
            self._end = end
            return not self._stopping

    def _start(self, icon: Any) -> None:
        """pystray calls this on a thread of its own when its loop runs."""
        with self._lock:  # also over this: pystray drops a title that is set while it shows the icon
            self._fill(icon, self._situation)
            icon.visible = True
            self._icon = icon
        if not self._ends_with(icon.stop):
            icon.stop()

    def _fill(self, icon: Any, situation: Situation) -> None:
        icon.title = _fitting(title(situation))
        if (looks := (situation.mark, len(situation.attention))) != self._looks:
            self._looks = looks
            icon.draw = functools.partial(draw, *looks)
            icon.icon = icon.draw(ONE_SIZE)
        icon.menu = stock.Menu(*(self._menu_item(item) for item in menu(situation)))

    def _menu_item(self, item: Item) -> Any:
        if item is SEPARATOR:
            return stock.Menu.SEPARATOR
        if item.items:
            return stock.MenuItem(item.text, stock.Menu(*(self._menu_item(each) for each in item.items)))
        if item.command is None:
            return stock.MenuItem(item.text, None, enabled=False)
        return stock.MenuItem(item.text, functools.partial(self._on_click, item.command), default=item.default)

    def _on_click(self, command: Command, _icon: Any, _item: Any) -> None:
        self._on(command)


def _fitting(text: str) -> str:
    """Cut ``text`` to what the platform's icon can carry, never through a character."""
    if sys.platform != "win32":
        return text
    return text.encode("utf-16-le")[: 2 * WINDOWS_TITLE].decode("utf-16-le", "ignore")
