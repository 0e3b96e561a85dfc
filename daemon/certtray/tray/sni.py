"""A pystray backend without a toolkit: StatusNotifierItem and its menu over D-Bus.

It waits in one selector and wakes for nothing but a message: no timer, no second thread. A panel that starts late or
starts again finds the icon, because the watcher's name is watched.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from dbus_fast import BusType, DBusError, Message, MessageType
from dbus_fast.aio import MessageBus
from PIL import Image

from certtray.tray import stock
from certtray.tray.dbusmenu import MenuService
from certtray.tray.icon import SIZES
from certtray.tray.notifier_item import MENU_PATH, ItemService, pixmap

ITEM_PATH = "/StatusNotifierItem"
WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
WATCHER_MATCH = (
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
    f"member='NameOwnerChanged',arg0='{WATCHER}'"
)

log = logging.getLogger(__name__)


class Icon(stock.Icon):  # type: ignore[misc]  # pystray has no types
    """pystray's contract on StatusNotifierItem; OSError, DBusError or ValueError from ``run`` where there is no bus."""

    HAS_NOTIFICATION = False

    draw: Callable[[int], Image.Image] | None = None
    """Draws the icon at a size in pixels; set it before ``icon``, which otherwise is shown at its one size."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()
        self._bus: MessageBus | None = None
        self._bus_name = f"org.kde.StatusNotifierItem-{os.getpid()}-1"
        self._tasks: set[asyncio.Task[None]] = set()
        self._item = ItemService(self.name, self)
        self._menu_service = MenuService(lambda item: self._handler(item)())

    def _run(self) -> None:
        asyncio.run(self._serve())

    def _run_detached(self) -> None:
        threading.Thread(target=self._run).start()

    async def _serve(self) -> None:
        bus = await MessageBus(bus_type=BusType.SESSION).connect()
        self._bus, self._loop = bus, asyncio.get_running_loop()
        try:
            bus.export(ITEM_PATH, self._item)
            bus.export(MENU_PATH, self._menu_service)
            await bus.request_name(self._bus_name)
            bus.add_message_handler(self._on_message)
            await bus.call(bus_call("AddMatch", "s", [WATCHER_MATCH]))
            self._mark_ready()
            gone = asyncio.ensure_future(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
            stopped = asyncio.ensure_future(self._stopped.wait())
            await asyncio.wait((gone, stopped), return_when=asyncio.FIRST_COMPLETED)
            if gone.done() and not stopped.done():
                # The session's bus ended; the program goes on without an icon until it is stopped.
                log.warning("the session bus is gone: %s", gone.exception())
            await stopped
        finally:
            self._loop = None
            bus.disconnect()

    def _stop(self) -> None:
        self._soon(self._stopped.set)

    def _soon(self, action: Callable[[], object]) -> None:
        """Run ``action`` on the loop's thread; not at all when the loop has ended."""
        if (loop := self._loop) is not None:
            with contextlib.suppress(RuntimeError):  # it may end between these two lines
                loop.call_soon_threadsafe(action)

    def _on_message(self, message: Message) -> None:
        if message.member == "NameOwnerChanged" and message.body[0] == WATCHER and message.body[2]:
            self._register()

    def _register(self) -> None:
        if self._item.shown and self._bus is not None:
            task = asyncio.ensure_future(self._tell_watcher(self._bus))
            self._tasks.add(task)  # the loop itself keeps only a weak reference
            task.add_done_callback(self._tasks.discard)

    async def _tell_watcher(self, bus: MessageBus) -> None:
        with contextlib.suppress(DBusError, EOFError, OSError):  # gone again: its successor's name will be seen
            answer = await bus.call(
                Message(
                    destination=WATCHER,
                    path=WATCHER_PATH,
                    interface=WATCHER,
                    member="RegisterStatusNotifierItem",
                    signature="s",
                    body=[self._bus_name],
                )
            )
            if answer.message_type is MessageType.ERROR:
                log.info("no panel takes the icon now: %s", answer.error_name)

    def _show(self) -> None:
        def show() -> None:
            self._item.title = self.title
            self._item.shown = True
            self._item.NewStatus()
            self._register()

        self._soon(show)

    def _hide(self) -> None:
        def hide() -> None:
            self._item.shown = False
            self._item.NewStatus()

        self._soon(hide)

    def _update_icon(self) -> None:
        images = [self.draw(size) for size in SIZES] if self.draw else [self.icon]
        pixmaps = [pixmap(image) for image in images]

        def change() -> None:
            self._item.pixmaps = pixmaps
            self._item.NewIcon()

        self._soon(change)
        self._icon_valid = True

    def _update_title(self) -> None:
        def change() -> None:
            self._item.title = self.title
            self._item.NewTitle()
            self._item.NewToolTip()

        self._soon(change)

    def _update_menu(self) -> None:
        def change() -> None:
            if self._menu_service.change(self.menu or ()):
                self._menu_service.LayoutUpdated()

        self._soon(change)


def bus_call(member: str, signature: str, body: list[Any]) -> Message:
    """Return a call of the bus itself."""
    return Message(
        destination="org.freedesktop.DBus",
        path="/org/freedesktop/DBus",
        interface="org.freedesktop.DBus",
        member=member,
        signature=signature,
        body=body,
    )
