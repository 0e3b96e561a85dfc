"""logind's part of a system bus."""

from __future__ import annotations

import asyncio

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from certtray.system.loop import Loop
from certtray.watch.sleep import LOGIND


class Logind:
    """Owns the name and says what logind says; or does not own it, and says it all the same. Default: the system's bus."""

    def __init__(self, name: str | None = LOGIND, address: str | None = None) -> None:
        self._loop = Loop("logind")
        self._bus = self._loop.call(self._connect(name, address), 10)

    def says(self, asleep: bool, member: str = "PrepareForSleep") -> None:
        """Say that the computer falls asleep, or is awake again."""
        signal = Message(
            message_type=MessageType.SIGNAL,
            path="/org/freedesktop/login1",
            interface="org.freedesktop.login1.Manager",
            member=member,
            signature="b",
            body=[asleep],
        )
        self._loop.call(self._send(signal), 10)

    def end(self) -> None:
        """Leave the bus."""
        self._loop.call(self._leave(), 10)
        self._loop.stop()

    async def _connect(self, name: str | None, address: str | None) -> MessageBus:
        bus = await MessageBus(bus_address=address, bus_type=BusType.SYSTEM).connect()
        if name:
            await bus.request_name(name)
        return bus

    async def _send(self, signal: Message) -> None:
        await self._bus.send(signal)

    async def _leave(self) -> None:
        self._bus.disconnect()
        await asyncio.wait_for(self._bus.wait_for_disconnect(), 5)  # type: ignore[no-untyped-call]
