"""Which kind of tray this desktop has, and a reason where it has none."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """A way to show the icon; its value is the module that holds its ``Icon``."""

    OWN = "certtray.tray.sni"
    """StatusNotifierItem; also where no host is yet: it appears as soon as one comes."""
    XEMBED = "certtray.tray.xembed"
    NATIVE = "certtray.tray.stock"
    """Windows and macOS, through pystray's own backend. Written by its documentation, never run by us."""
    NONE = ""


@dataclass(frozen=True, slots=True)
class Desktop:
    """What was found."""

    bus: bool
    host: bool
    """A StatusNotifierHost shows items now."""
    display: bool
    xembed: bool
    """An older tray takes windows now."""


@dataclass(frozen=True, slots=True)
class Choice:
    """``why_unseen`` is a catalogue key: the reason why no icon can be seen now; None if one can."""

    kind: Kind
    why_unseen: str | None = None


def icon_class(kind: Kind) -> Any:
    """Return the pystray ``Icon`` of ``kind``."""
    return importlib.import_module(kind.value).Icon


def gtk_is_there() -> bool:
    """Say whether ``Kind.XEMBED`` can be used; loads GTK."""
    try:
        icon_class(Kind.XEMBED)
    except (ImportError, ValueError):  # ValueError: the binding is there, GTK's own description is not
        return False
    return True


def choose(desktop: Desktop, environment: Mapping[str, str], has_gtk: Callable[[], bool] = gtk_is_there) -> Choice:
    """Return the way for ``desktop``; asks for GTK only where nothing else is left."""
    if desktop.host:
        return Choice(Kind.OWN)
    if desktop.xembed and has_gtk():
        return Choice(Kind.XEMBED)
    if desktop.xembed:
        why = "tray.none.no_gtk"
    elif not desktop.bus:
        why = "tray.none.no_bus" if desktop.display else "tray.none.no_display"
    elif not desktop.display:
        why = "tray.none.no_display"
    elif "GNOME" in environment.get("XDG_CURRENT_DESKTOP", "").upper().split(":"):
        why = "tray.none.gnome"
    else:
        why = "tray.none.no_panel"
    return Choice(Kind.OWN if desktop.bus else Kind.NONE, why)
