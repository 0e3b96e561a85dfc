"""Notices with buttons by desktop-notifier: Linux servers, Windows toasts, macOS from a bundle."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from certtray.notify.base import Message, Obstacle
from certtray.notify.session_bus import server_obstacle
from certtray.system.loop import Loop

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus
    from desktop_notifier import DesktopNotifier

APP_NAME = "CertTray"
SECONDS = 10.0
"""How long a desktop may take; one that starts its server first needs a few seconds."""

log = logging.getLogger(__name__)


class Desktop:
    """The library swallows what goes wrong and only logs it: delivery is known by its callback alone."""

    name = "desktop-notifier"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: Loop | None = None
        self._library: DesktopNotifier | None = None

    def why_not(self) -> Obstacle | None:
        """Return what stands in the way now."""
        with self._lock:
            return self._probe()

    def send(self, message: Message, on_choice: Callable[[str], None]) -> Obstacle | None:
        """Show ``message``; a connection that was lost is made anew once."""
        with self._lock:
            for _ in range(2):
                if obstacle := self._probe():
                    return obstacle
                self._drop_if_lost()
                try:
                    if self._running().call(self._send(message, on_choice), SECONDS):
                        return None
                except TimeoutError:
                    log.warning("no answer from the notification server in %s s", SECONDS)
                self._drop(self._running())
            return Obstacle.REFUSED

    def withdraw(self, message_id: str) -> None:
        """Take a notice back."""
        with self._lock:
            self._drop_if_lost()
            if self._library is not None:
                try:
                    self._running().call(self._clear(message_id), SECONDS)
                except TimeoutError:
                    log.warning("no answer from the notification server in %s s", SECONDS)

    def close(self) -> None:
        """Take back all that stands and end the thread."""
        with self._lock:
            if self._loop is None:
                return
            self._drop_if_lost()
            try:
                self._loop.call(self._clear_all(), SECONDS)
            except TimeoutError:
                log.warning("notices may still stand")
            self._drop(self._loop)
            self._loop.stop()
            self._loop = None

    def _bus(self) -> MessageBus | None:
        """The library has no way to ask or end its connection but this attribute of its Linux backend."""
        bus: MessageBus | None = getattr(getattr(self._library, "_backend", None), "bus", None)
        return bus

    def _drop_if_lost(self) -> None:
        """A message written to a lost connection would go to whatever has its number now."""
        if (bus := self._bus()) is not None and not bus.connected:
            self._drop(self._running())

    def _drop(self, loop: Loop) -> None:
        if bus := self._bus():
            with suppress(TimeoutError):
                loop.call(_disconnect(bus), SECONDS)
        self._library = None

    def _running(self) -> Loop:
        if self._loop is None:
            self._loop = Loop("notices")
        return self._loop

    def _probe(self) -> Obstacle | None:
        try:
            import desktop_notifier  # noqa: F401  # late: the resident process starts without it
        except ImportError as missing:
            log.info("desktop-notifier: %s", missing)
            return Obstacle.NOT_INSTALLED
        if sys.platform == "darwin":
            from desktop_notifier.backends.macos_support import is_bundle

            return None if is_bundle() else Obstacle.NO_BUNDLE
        if sys.platform == "linux":
            try:
                return self._running().call(server_obstacle(), SECONDS)
            except TimeoutError:
                return Obstacle.NO_SERVER
        return None

    async def _send(self, message: Message, on_choice: Callable[[str], None]) -> bool:
        from desktop_notifier import Button, DesktopNotifier, Notification, Urgency

        if self._library is None:
            self._library = DesktopNotifier(APP_NAME, app_icon=None)
        await self._clear(message.id)
        taken = asyncio.Event()
        notification = Notification(
            title=message.title,
            message=message.body,
            urgency=Urgency.Critical if message.urgent else Urgency.Normal,
            buttons=tuple(Button(each.label, partial(on_choice, each.id), each.id) for each in message.buttons),
            on_clicked=partial(on_choice, message.buttons[0].id) if message.buttons else None,
            on_dispatched=taken.set,
            identifier=message.id,
        )
        await self._library.send_notification(notification)
        return taken.is_set()

    async def _clear(self, message_id: str) -> None:
        """The library knows a notice only until it was clicked, closed or timed out."""
        if self._library is not None and message_id in await self._library.get_current_notifications():
            try:
                await self._library.clear(message_id)
            except Exception as error:  # whatever a server answers, the notice is not worth more than this line
                log.info("not withdrawn: %s", error)

    async def _clear_all(self) -> None:
        if self._library is not None:
            for message_id in await self._library.get_current_notifications():
                await self._clear(message_id)


async def _disconnect(bus: MessageBus) -> None:
    if bus.connected:
        bus.disconnect()
    with suppress(Exception):  # how it ended; asyncio would complain that nobody asked
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
