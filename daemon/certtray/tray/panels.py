"""Waiting for a panel: a StatusNotifierHost on the session bus, or an older tray on the X screen."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from dbus_fast import BusType, DBusError, InvalidAddressError, Message, MessageType
from dbus_fast.aio import MessageBus

from certtray.tray.choose import Desktop
from certtray.tray.sni import WATCHER, WATCHER_MATCH, WATCHER_PATH, bus_call

HEAD_START = 1.0
"""Seconds a StatusNotifierHost gets where an older tray is there: a panel that has both starts them in any order."""
HOST_MATCH = f"type='signal',interface='{WATCHER}',member='StatusNotifierHostRegistered'"


class Bus:
    """The session bus, asked for a host."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._changed = asyncio.Event()

    @classmethod
    async def connect(cls) -> Bus | None:
        """Return the session bus; None where there is none."""
        try:
            bus = await MessageBus(bus_type=BusType.SESSION).connect()
        except (OSError, EOFError, DBusError, InvalidAddressError):
            return None
        found = cls(bus)
        bus.add_message_handler(found._on_message)
        for match in (WATCHER_MATCH, HOST_MATCH):
            await bus.call(bus_call("AddMatch", "s", [match]))
        return found

    def _on_message(self, message: Message) -> None:
        if message.member in {"NameOwnerChanged", "StatusNotifierHostRegistered"}:
            self._changed.set()

    async def has_host(self) -> bool:
        """Ask the watcher, without starting one."""
        question = Message(
            destination=WATCHER,
            path=WATCHER_PATH,
            interface="org.freedesktop.DBus.Properties",
            member="Get",
            signature="ss",
            body=[WATCHER, "IsStatusNotifierHostRegistered"],
        )
        try:
            answer = await self._bus.call(question)
        except (OSError, EOFError):  # the session ends
            return False
        return answer.message_type is MessageType.METHOD_RETURN and bool(answer.body[0].value)

    async def wait(self) -> None:
        """Return when there is a host."""
        while not await self.has_host():
            await self._changed.wait()
            self._changed.clear()

    def close(self) -> None:
        """Leave the bus."""
        self._bus.disconnect()


class Screen:
    """The X screen, asked for a tray (freedesktop.org, System Tray Protocol 0.3)."""

    def __init__(self, display: Any) -> None:
        from Xlib import X

        self._display = display
        self._selection = display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
        # A tray that starts says so to the root window's listeners.
        display.screen().root.change_attributes(event_mask=X.StructureNotifyMask)
        display.flush()

    @classmethod
    def connect(cls) -> Screen | None:
        """Return the screen of ``DISPLAY``; None where there is none or it does not let us in."""
        from Xlib.display import Display
        from Xlib.error import DisplayError, XauthError

        try:
            return cls(Display())
        except (DisplayError, XauthError, OSError):
            return None

    def has_tray(self) -> bool:
        """Say whether somebody manages a tray."""
        try:
            return bool(self._display.get_selection_owner(self._selection))
        except OSError:  # the session ends
            return False

    async def wait(self) -> None:
        """Return when there is a tray."""
        changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._display.fileno(), changed.set)
        try:
            while True:
                # First emptied, then asked: what arrives after the answer makes the socket readable.
                while self._display.pending_events():
                    self._display.next_event()
                changed.clear()
                if self.has_tray():
                    return
                await changed.wait()
        finally:
            loop.remove_reader(self._display.fileno())

    def close(self) -> None:
        """Leave the screen."""
        self._display.close()


async def look(patience: float | None) -> Desktop:
    """Return what this desktop has, waiting ``patience`` seconds for a panel that is not there yet; None: for ever.

    Where there is neither a bus nor a screen nothing can come, and nothing is waited for.
    """
    display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    bus = await Bus.connect()
    screen: Screen | None = None
    waits: list[asyncio.Future[None]] = []
    try:
        if bus is not None and await bus.has_host():
            return Desktop(bus=True, host=True, display=display, xembed=False)
        screen = Screen.connect()
        waits = [asyncio.ensure_future(part.wait()) for part in (bus, screen) if part is not None]
        if waits:
            await asyncio.wait(waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if bus is not None and screen is not None and screen.has_tray():
            await asyncio.wait(waits[:1], timeout=HEAD_START)
        return Desktop(
            bus=bus is not None,
            host=bus is not None and await bus.has_host(),
            display=display,
            xembed=screen is not None and screen.has_tray(),
        )
    finally:
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        if screen is not None:
            screen.close()
        if bus is not None:
            bus.close()
