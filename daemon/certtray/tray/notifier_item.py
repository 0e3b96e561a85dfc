"""What a panel may read of the icon and do with it: the interface org.kde.StatusNotifierItem.

Source: freedesktop.org, Status Notifier Item 0.1.
"""

# No postponed annotations in this file: dbus-fast 5.2 cannot read "None" back from a string.
from collections.abc import Callable
from typing import Annotated

from dbus_fast import PropertyAccess
from dbus_fast.annotations import DBusBool, DBusInt32, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal
from PIL import Image

MENU_PATH = "/MenuBar"

Pixmap = tuple[int, int, bytes]
Pixmaps = Annotated[list[list[int | bytes]], DBusSignature("a(iiay)")]
ToolTipData = Annotated[list[object], DBusSignature("(sa(iiay)ss)")]


def pixmap(image: Image.Image) -> list[int | bytes]:
    """Return (width, height, bytes): ARGB in network byte order, as the interface wants it."""
    red, green, blue, alpha = image.convert("RGBA").split()
    return [image.width, image.height, Image.merge("RGBA", (alpha, red, green, blue)).tobytes()]


class ItemService(ServiceInterface):
    """The icon's state; whoever changes a field sends the signal that belongs to it."""

    def __init__(self, name: str, activate: Callable[[], None]) -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._name = name
        self._activate = activate
        self.title = ""
        self.shown = False
        self.pixmaps: list[list[int | bytes]] = []

    @dbus_property(PropertyAccess.READ)
    def Category(self) -> DBusStr:
        return "ApplicationStatus"

    @dbus_property(PropertyAccess.READ)
    def Id(self) -> DBusStr:
        return self._name

    @dbus_property(PropertyAccess.READ)
    def Title(self) -> DBusStr:
        return self.title

    @dbus_property(PropertyAccess.READ)
    def Status(self) -> DBusStr:
        return "Active" if self.shown else "Passive"

    @dbus_property(PropertyAccess.READ)
    def WindowId(self) -> DBusInt32:
        return 0

    @dbus_property(PropertyAccess.READ)
    def IconName(self) -> DBusStr:
        return ""

    @dbus_property(PropertyAccess.READ)
    def IconPixmap(self) -> Pixmaps:
        return self.pixmaps

    @dbus_property(PropertyAccess.READ)
    def OverlayIconName(self) -> DBusStr:
        return ""

    @dbus_property(PropertyAccess.READ)
    def AttentionIconName(self) -> DBusStr:
        return ""

    @dbus_property(PropertyAccess.READ)
    def ToolTip(self) -> ToolTipData:
        return ["", [], self.title, ""]

    @dbus_property(PropertyAccess.READ)
    def ItemIsMenu(self) -> DBusBool:
        return False

    @dbus_property(PropertyAccess.READ)
    def Menu(self) -> DBusObjectPath:
        return MENU_PATH

    @dbus_method()
    def Activate(self, _x: DBusInt32, _y: DBusInt32) -> None:
        self._activate()

    @dbus_method()
    def SecondaryActivate(self, x: DBusInt32, y: DBusInt32) -> None:
        """A middle click: nothing."""

    @dbus_method()
    def ContextMenu(self, x: DBusInt32, y: DBusInt32) -> None:
        """Panels that cannot show the menu of ``Menu`` ask for our own; there is none without a toolkit."""

    @dbus_method()
    def Scroll(self, delta: DBusInt32, orientation: DBusStr) -> None:
        """The wheel: nothing."""

    @dbus_signal()
    def NewTitle(self) -> None: ...

    @dbus_signal()
    def NewIcon(self) -> None: ...

    @dbus_signal()
    def NewToolTip(self) -> None: ...

    @dbus_signal()
    def NewStatus(self) -> DBusStr:
        return "Active" if self.shown else "Passive"
