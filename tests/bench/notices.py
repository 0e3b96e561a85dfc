"""A notification server that only notes who sent what and when."""

# No postponed annotations in this file: dbus-fast 5.2 cannot read "None" back from a string.
import asyncio
import threading
from time import perf_counter
from typing import Annotated, Any

from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

NAME = "org.freedesktop.Notifications"
Names = Annotated[list[str], DBusSignature("as")]
Hints = Annotated[dict[str, Any], DBusSignature("a{sv}")]
Information = Annotated[list[str], DBusSignature("ssss")]


class _Server(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(NAME)
        self.heard: list[tuple[float, str]] = []
        self.more = threading.Condition()

    @dbus_method()
    def Notify(
        self,
        app_name: DBusStr,
        replaces_id: DBusUInt32,
        app_icon: DBusStr,
        summary: DBusStr,
        body: DBusStr,
        actions: Names,
        hints: Hints,
        expire_timeout: DBusInt32,
    ) -> DBusUInt32:
        del replaces_id, app_icon, body, actions, hints, expire_timeout
        with self.more:
            self.heard.append((perf_counter(), f"{app_name}: {summary}"))
            self.more.notify_all()
            return len(self.heard)

    @dbus_method()
    def CloseNotification(self, id: DBusUInt32) -> None: ...

    @dbus_method()
    def GetCapabilities(self) -> Names:
        return ["body", "actions"]

    @dbus_method()
    def GetServerInformation(self) -> Information:
        return ["bench", "bench", "1", "1.2"]


class NoticeServer:
    """Runs on a thread, on the session bus at ``address``."""

    def __init__(self, address: str) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = _Server()
        self._do(self._serve(address))

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _serve(self, address: str) -> None:
        self._bus = await MessageBus(bus_address=address).connect()
        self._bus.export("/org/freedesktop/Notifications", self._server)
        await self._bus.request_name(NAME)

    def forget(self) -> None:
        """What was sent until now does not count."""
        with self._server.more:
            self._server.heard.clear()

    def wait(self, who: str, seconds: float) -> float:
        """Return when a notice came whose sender or title contains ``who``; TimeoutError."""

        def found() -> list[float]:
            return [moment for moment, said in self._server.heard if who in said]

        with self._server.more:
            if not self._server.more.wait_for(found, seconds):
                raise TimeoutError(f"no notice of {who}: {self._server.heard}")
            return found()[0]

    def close(self) -> None:
        """Leave the bus."""
        self._bus.disconnect()
        self._loop.call_soon_threadsafe(self._loop.stop)
