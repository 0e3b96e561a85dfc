"""A pystray menu over D-Bus, as panels ask for it: the interface com.canonical.dbusmenu.

Source: its protocol description, libdbusmenu 16.04 ``dbus-menu.xml``.
"""

# No postponed annotations in this file: dbus-fast 5.2 cannot read "None" back from a string.
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from dbus_fast import PropertyAccess, Variant
from dbus_fast.annotations import DBusBool, DBusInt32, DBusSignature, DBusStr, DBusUInt32, DBusVariant
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from certtray.tray.stock import Menu

Properties = dict[str, Variant]
Click = tuple[int, str, Variant, int]

Ids = Annotated[list[int], DBusSignature("ai")]
Names = Annotated[list[str], DBusSignature("as")]
Clicks = Annotated[list[Click], DBusSignature("a(isvu)")]
Layout = Annotated[tuple[int, list[Any]], DBusSignature("u(ia{sv}av)")]
Groups = Annotated[list[list[Any]], DBusSignature("a(ia{sv})")]
Revision = Annotated[tuple[int, int], DBusSignature("ui")]
TwoIds = Annotated[tuple[list[int], list[int]], DBusSignature("aiai")]

ROOT = 0


@dataclass(frozen=True, slots=True)
class _Node:
    id: int
    properties: Properties
    children: tuple["_Node", ...]
    item: Any
    """The pystray item; None for the root."""

    def walk(self) -> Iterator["_Node"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def layout(self, depth: int, names: list[str]) -> list[Any]:
        """Return it as (id, properties, children); ``depth`` -1 is all the way down."""
        below = [Variant("(ia{sv}av)", each.layout(depth - 1, names)) for each in self.children] if depth else []
        return [self.id, self.chosen(names), below]

    def chosen(self, names: list[str]) -> Properties:
        return {name: value for name, value in self.properties.items() if not names or name in names}


class MenuService(ServiceInterface):
    """One menu; ``click`` gets the pystray item that was chosen."""

    def __init__(self, click: Callable[[Any], None]) -> None:
        super().__init__("com.canonical.dbusmenu")
        self._click = click
        self._revision = 0
        self._ids: dict[tuple[int, str, int], int] = {}
        self._last_id = ROOT
        self._root = self._node(ROOT, None, ())
        self._nodes = {ROOT: self._root}

    def change(self, items: Iterable[Any]) -> bool:
        """Take ``items`` over; say whether anything is different, upon which LayoutUpdated is to be sent."""
        known = self._ids
        self._ids = {}
        root = self._node(ROOT, None, tuple(self._build(ROOT, items, known)))
        changed = root.layout(-1, []) != self._root.layout(-1, [])
        self._root, self._nodes = root, {node.id: node for node in root.walk()}
        self._revision += changed
        return changed

    def _build(self, parent: int, items: Iterable[Any], known: dict[tuple[int, str, int], int]) -> Iterator[_Node]:
        for item in items:
            # The same line keeps its number over a rebuild, so that a click into a menu already open still counts, and
            # a number is never given to something else, so that it cannot count for the wrong line.
            key = (parent, item.text, sum(each[:2] == (parent, item.text) for each in self._ids))
            number = known.get(key, 0)
            if not number:
                self._last_id += 1
                number = self._last_id
            self._ids[key] = number
            yield self._node(number, item, tuple(self._build(number, item.submenu or (), known)))

    @staticmethod
    def _node(number: int, item: Any, children: tuple["_Node", ...]) -> _Node:
        properties: Properties = {}
        if item is Menu.SEPARATOR:
            properties["type"] = Variant("s", "separator")
        elif item is not None:
            properties["label"] = Variant("s", item.text.replace("_", "__"))  # one alone underlines the next letter
            properties["enabled"] = Variant("b", bool(item.enabled))
            if item.checked is not None:
                properties["toggle-type"] = Variant("s", "radio" if item.radio else "checkmark")
                properties["toggle-state"] = Variant("i", int(bool(item.checked)))
        if children or item is None:
            properties["children-display"] = Variant("s", "submenu")
        return _Node(number, properties, children, item)

    def _event(self, number: int, event: str) -> bool:
        """Act on a click; False for a number that is no more."""
        node = self._nodes.get(number)
        if node is None:
            return False
        if event == "clicked" and node.item is not None and not node.children and node.item.enabled:
            self._click(node.item)
        return True

    @dbus_property(PropertyAccess.READ)
    def Version(self) -> DBusUInt32:
        return 3

    @dbus_property(PropertyAccess.READ)
    def Status(self) -> DBusStr:
        return "normal"

    @dbus_property(PropertyAccess.READ)
    def TextDirection(self) -> DBusStr:
        return "ltr"

    @dbus_property(PropertyAccess.READ)
    def IconThemePath(self) -> Names:
        return []

    @dbus_method()
    def GetLayout(self, parentId: DBusInt32, recursionDepth: DBusInt32, propertyNames: Names) -> Layout:
        node = self._nodes.get(parentId, self._root)
        return self._revision, node.layout(recursionDepth, propertyNames)

    @dbus_method()
    def GetGroupProperties(self, ids: Ids, propertyNames: Names) -> Groups:
        asked = [self._nodes[each] for each in ids if each in self._nodes] if ids else self._nodes.values()
        return [[node.id, node.chosen(propertyNames)] for node in asked]

    @dbus_method()
    def GetProperty(self, id: DBusInt32, name: DBusStr) -> DBusVariant:
        node = self._nodes.get(id, self._root)
        return node.properties.get(name, Variant("s", ""))

    @dbus_method()
    def Event(self, id: DBusInt32, eventId: DBusStr, _data: DBusVariant, _time: DBusUInt32) -> None:
        self._event(id, eventId)

    @dbus_method()
    def EventGroup(self, events: Clicks) -> Ids:
        return [number for number, event, _data, _time in events if not self._event(number, event)]

    @dbus_method()
    def AboutToShow(self, _id: DBusInt32) -> DBusBool:
        return False

    @dbus_method()
    def AboutToShowGroup(self, ids: Ids) -> TwoIds:
        return [], [each for each in ids if each not in self._nodes]

    @dbus_signal()
    def LayoutUpdated(self) -> Revision:
        return self._revision, ROOT
