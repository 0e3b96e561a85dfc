"""The icon in an older panel (XEmbed), through GTK where its Python binding is installed; costs GTK's memory.

pystray's GTK backend, not its AppIndicator one: here a left click opens the window, there it opens the menu.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from certtray.tray import stock  # noqa: F401  # first: it keeps pystray from choosing by itself

# isort: split
import gi
from PIL import Image
from pystray import _gtk

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf, GLib  # noqa: E402

from certtray.tray.icon import SIZES  # noqa: E402


class Icon(_gtk.Icon):  # type: ignore[misc]  # pystray has no types
    """Draws at the panel's size; asks no notification server and changes no signal handler."""

    HAS_NOTIFICATION = False

    draw: Callable[[int], Image.Image] | None = None
    """As in ``sni.Icon``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._status_icon.connect("size-changed", self._on_size_changed)

    def _initialize(self) -> None:
        # pystray's own also connects to a notification server, which fails without a session bus, and lets SIGINT kill.
        self._mark_ready()

    def _finalize(self) -> None:
        self._status_icon.set_visible(False)

    @_gtk.mainloop  # type: ignore[untyped-decorator]
    def _show(self) -> None:
        self._set_title()
        self._status_icon.set_visible(True)

    @_gtk.mainloop  # type: ignore[untyped-decorator]
    def _update_title(self) -> None:
        self._set_title()

    def _set_title(self) -> None:
        self._status_icon.set_title(self.title)
        self._status_icon.set_tooltip_text(self.title)

    @_gtk.mainloop  # type: ignore[untyped-decorator]
    def _update_icon(self) -> None:
        self._set_image(self._status_icon.get_size())
        self._icon_valid = True

    def _on_size_changed(self, _status_icon: Any, size: int) -> bool:
        self._set_image(size)
        return True  # drawn at this size: GTK need not scale it

    def _set_image(self, size: int) -> None:
        # From memory: pystray's own writes a file with a name chosen beforehand into the shared temporary folder.
        # GTK shows the largest usual size that fits, and would scale anything else to it.
        usual = max((each for each in SIZES if each <= size), default=SIZES[0])
        image = self.draw(usual) if self.draw else self.icon
        data = GLib.Bytes.new(image.convert("RGBA").tobytes())
        width, height = image.size
        pixbuf = GdkPixbuf.Pixbuf.new_from_bytes(data, GdkPixbuf.Colorspace.RGB, True, 8, width, height, 4 * width)
        self._status_icon.set_from_pixbuf(pixbuf)
