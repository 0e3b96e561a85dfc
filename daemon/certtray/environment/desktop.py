"""What this desktop gives us: somebody who shows notices, a place for the icon, a store that keeps passwords."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator

from certtray.core.errors import NoSecretStore
from certtray.environment.finding import Finding, Level, Value, plain
from certtray.system.secrets import store_name

NOTICES, PANEL = "org.freedesktop.Notifications", "org.kde.StatusNotifierWatcher"
SECONDS = 5.0


def desktop() -> Iterator[Finding]:
    """Yield the checks; without a screen nothing is in the way."""
    if sys.platform == "linux":
        screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        names = asyncio.run(_bus_names()) if screen else frozenset()
        missing = Level.BAD if screen else Level.UNKNOWN
        shows = NOTICES in names
        yield Finding(
            "notices", Level.OK if shows else missing, Value("there"), Value("there" if shows else _none(screen))
        )
        tray = PANEL in names or (screen and _old_panel())
        yield Finding("tray", Level.OK if tray else missing, Value("there"), Value("there" if tray else _none(screen)))
    else:
        yield Finding("notices", Level.OK, Value("there"), Value("there"))
        yield Finding("tray", Level.OK, Value("there"), Value("there"))
    try:
        yield Finding("secrets", Level.OK, Value("there"), plain(store_name()))
    except NoSecretStore:
        yield Finding("secrets", Level.UNKNOWN, Value("there"), Value("missing"))


def _none(screen: bool) -> str:
    return "missing" if screen else "no_screen"


async def _bus_names() -> frozenset[str]:
    """Return the names on the session bus that somebody owns or that it would start."""
    from dbus_fast import DBusError, InvalidAddressError, Message
    from dbus_fast.aio import MessageBus

    try:
        bus = await MessageBus().connect()
    except (InvalidAddressError, DBusError, OSError, EOFError):
        return frozenset()
    found: set[str] = set()
    try:
        for member in ("ListNames", "ListActivatableNames"):
            question = Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member=member,
            )
            answer = await asyncio.wait_for(bus.call(question), SECONDS)
            found.update(answer.body[0] if answer and answer.body else ())
    except (TimeoutError, OSError, EOFError):
        pass
    finally:
        bus.disconnect()
    return frozenset(found)


def _old_panel() -> bool:
    """Whether somebody manages a tray on the X screen (freedesktop.org, System Tray Protocol)."""
    from Xlib.display import Display
    from Xlib.error import DisplayError, XauthError

    try:
        display = Display()
    except (DisplayError, XauthError, OSError):
        return False
    selection = display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
    owner = display.get_selection_owner(selection)
    display.close()
    return bool(owner)
