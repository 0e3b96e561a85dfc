"""Linux: whether anybody on this desktop shows notices, asked of the session bus."""

from __future__ import annotations

from certtray.notify.base import Obstacle

SERVER = "org.freedesktop.Notifications"


async def server_obstacle() -> Obstacle | None:
    """Return NO_BUS, NO_SERVER, or None where a notification server answers; the bus may start one for that."""
    from dbus_fast import DBusError, InvalidAddressError, Message, MessageType
    from dbus_fast.aio import MessageBus

    try:
        bus = await MessageBus().connect()
    except (InvalidAddressError, DBusError, OSError, EOFError):
        return Obstacle.NO_BUS
    try:
        answer = await bus.call(
            Message(
                destination=SERVER,
                path="/org/freedesktop/Notifications",
                interface=SERVER,
                member="GetServerInformation",
            )
        )
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
    answered = answer is not None and answer.message_type is MessageType.METHOD_RETURN
    return None if answered else Obstacle.NO_SERVER
