"""The computer woke up: told by logind on the system bus, where there is one (org.freedesktop.login1(5))."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from certtray.system.loop import Loop

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

LOGIND = "org.freedesktop.login1"
# The bus lets only the owner of the name through: a signal anybody else sends does not reach us.
RULE = (
    f"type='signal',sender='{LOGIND}',path='/org/freedesktop/login1',"
    "interface='org.freedesktop.login1.Manager',member='PrepareForSleep'"
)
RETRY = (1.0, 10.0, 600.0)
"""Seconds between attempts to reach the bus; the clock watch of ``schedule`` serves meanwhile."""

log = logging.getLogger(__name__)


class SleepWatch:
    """Calls ``post`` from a thread of its own after each resume."""

    def __init__(self, post: Callable[[], None], *, retry: tuple[float, ...] = RETRY) -> None:
        self._post = post
        self._retry = retry
        self._reason: str | None = "not started"
        self._loop: Loop | None = None

    def why_not(self) -> str | None:
        """Return why a resume would not be heard of now (``no-bus``, ``no-logind`` …), None if it would."""
        return self._reason

    def start(self) -> None:
        """Begin."""
        self._loop = Loop("sleep-watch")
        self._loop.start(self._stay())

    def stop(self) -> None:
        """End; a second time does nothing."""
        if self._loop is not None:
            self._loop.stop()
            self._loop = None
            self._reason = "not started"

    async def _stay(self) -> None:
        attempt = 0
        while True:
            try:
                bus = await self._connect()
            except Exception as error:  # no bus, no access, nonsense in the address
                self._reason = "no-bus"
                log.info("no system bus: %s", error)
            else:
                attempt = 0
                try:
                    with suppress(Exception):  # how it ended is of no interest, only that it did
                        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
                finally:
                    await _end(bus)
                self._reason = "no-bus"
            await asyncio.sleep(self._retry[min(attempt, len(self._retry) - 1)])
            attempt += 1

    async def _connect(self) -> MessageBus:
        from dbus_fast import BusType, Message
        from dbus_fast.aio import MessageBus

        bus = await MessageBus(bus_type=BusType.SYSTEM).connect()

        async def ask(member: str, argument: str) -> Message | None:
            return await bus.call(
                Message(
                    destination="org.freedesktop.DBus",
                    path="/org/freedesktop/DBus",
                    interface="org.freedesktop.DBus",
                    member=member,
                    signature="s",
                    body=[argument],
                )
            )

        try:
            bus.add_message_handler(self._heard)
            await ask("AddMatch", RULE)
            present = await ask("NameHasOwner", LOGIND)
        except BaseException:
            await _end(bus)
            raise
        self._reason = None if present is not None and present.body == [True] else "no-logind"
        return bus

    def _heard(self, message: Message) -> None:
        if message.member == "PrepareForSleep" and message.body == [False]:  # true: before it falls asleep
            self._reason = None
            try:
                self._post()
            except Exception:  # the bus must not be lost over it
                log.exception("post")


async def _end(bus: MessageBus) -> None:
    if bus.connected:
        bus.disconnect()
        with suppress(Exception):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
