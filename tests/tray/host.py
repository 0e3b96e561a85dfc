"""A StatusNotifierWatcher and host over D-Bus that reads and clicks as a panel does, without a screen."""

# No postponed annotations in this file: dbus-fast 5.2 cannot read "None" back from a string.
import asyncio
import threading
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

from dbus_fast import Message, MessageType, PropertyAccess, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusInt32, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from tests.patience import SECONDS

T = TypeVar("T")
WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
Names = Annotated[list[str], DBusSignature("as")]


class _Watcher(ServiceInterface):
    def __init__(self, host: bool) -> None:
        super().__init__(WATCHER)
        self.host = host
        self.items: asyncio.Queue[str] = asyncio.Queue()

    @dbus_method()
    def RegisterStatusNotifierItem(self, service: DBusStr) -> None:
        self.items.put_nowait(service)

    @dbus_property(PropertyAccess.READ)
    def RegisteredStatusNotifierItems(self) -> Names:
        return []

    @dbus_property(PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> DBusBool:
        return self.host

    @dbus_property(PropertyAccess.READ)
    def ProtocolVersion(self) -> DBusInt32:
        return 0

    @dbus_signal()
    def StatusNotifierHostRegistered(self) -> None: ...


class Entry:
    """One line of the menu as a panel sees it."""

    def __init__(self, node: Any) -> None:
        self.id, properties, children = node
        self.properties = {name: value.value for name, value in properties.items()}
        self.children = [Entry(child.value) for child in children]

    @property
    def label(self) -> str:
        """Its words; ``-`` for a separator."""
        return "-" if self.properties.get("type") == "separator" else str(self.properties.get("label", ""))


class Host:
    """The panel's part; its loop runs on a thread, every call here waits for the answer."""

    def __init__(self, address: str, *, host: bool = True, item: str = "") -> None:
        """``item`` is the bus name of one that a real panel shows: then it is only read and clicked."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._watcher = _Watcher(host)
        self._signals: asyncio.Queue[str] = asyncio.Queue()
        self.item = item
        self._bus: MessageBus = self._do(self._connect(address))
        self.closed = False

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, SECONDS), self._loop).result()

    async def _connect(self, address: str) -> MessageBus:
        bus = await MessageBus(bus_address=address).connect()
        bus.export("/StatusNotifierWatcher", self._watcher)
        bus.add_message_handler(self._on_message)
        for interface in (ITEM, MENU):
            match = f"type='signal',interface='{interface}'"
            await bus.call(
                Message(
                    destination="org.freedesktop.DBus",
                    path="/org/freedesktop/DBus",
                    interface="org.freedesktop.DBus",
                    member="AddMatch",
                    signature="s",
                    body=[match],
                )
            )
        if not self.item:
            await bus.request_name(WATCHER)
        return bus

    def _on_message(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.interface in {ITEM, MENU}:
            self._signals.put_nowait(str(message.member))

    def wait_for_item(self) -> None:
        """Wait until an item registers."""
        self.item = self._do(self._watcher.items.get())

    def host_appears(self) -> None:
        """A panel registers with the watcher."""

        async def appear() -> None:
            self._watcher.host = True
            self._watcher.StatusNotifierHostRegistered()

        self._do(appear())

    def until(self, last: str) -> list[str]:
        """Wait until ``last`` was sent; return all signals not waited for yet, in their order."""

        async def wait() -> list[str]:
            names = [await self._signals.get()]
            while names[-1] != last:
                names.append(await self._signals.get())
            return names

        return self._do(wait())

    def call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> list[Any]:
        """Call the item; AssertionError for an error answer."""

        async def call() -> list[Any]:
            answer = await self._bus.call(
                Message(
                    destination=self.item,
                    path=path,
                    interface=interface,
                    member=member,
                    signature=signature,
                    body=list(body),
                )
            )
            assert answer.message_type is MessageType.METHOD_RETURN, (answer.error_name, answer.body)
            return list(answer.body)

        return self._do(call())

    def properties(self) -> dict[str, Any]:
        """Read all the item says of itself."""
        found = self.call("/StatusNotifierItem", "org.freedesktop.DBus.Properties", "GetAll", "s", ITEM)[0]
        return {name: value.value for name, value in found.items()}

    def left_click(self) -> None:
        """Activate it."""
        self.call("/StatusNotifierItem", ITEM, "Activate", "ii", 10, 10)

    def menu(self, parent: int = 0, depth: int = -1, *names: str) -> list[Entry]:
        """Read the menu, as GetLayout gives it."""
        path = self.properties()["Menu"]
        return Entry(self.call(path, MENU, "GetLayout", "iias", parent, depth, list(names))[1]).children

    def labels(self) -> list[str]:
        """Read the labels of the top level."""
        return [entry.label for entry in self.menu()]

    def find(self, *labels: str) -> Entry:
        """Return the entry at the end of a path of labels."""
        entries = self.menu()
        for label in labels:
            entry = next(each for each in entries if each.label == label)
            entries = entry.children
        return entry

    def click(self, number: int, *, group: bool = False) -> list[Any]:
        """Choose an entry by its number, alone or as a group of one, which newer panels send."""
        event = [number, "clicked", Variant("i", 0), 0]
        if group:
            return self.call(self.properties()["Menu"], MENU, "EventGroup", "a(isvu)", [event])
        return self.call(self.properties()["Menu"], MENU, "Event", "isvu", *event)

    def close(self) -> None:
        """The panel goes, as if killed."""

        async def leave() -> None:
            self._bus.disconnect()
            await asyncio.sleep(0)

        self.closed = True
        self._do(leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
