"""A user-only unix socket: one process listens, a later start hands it one request."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from certtray.core.errors import EndpointUnusable
from certtray.endpoint.peer import is_this_user
from certtray.endpoint.words import LONGEST, Request, decode, encode
from certtray.system.loop import Loop

CLIENT_SECONDS = 2.0
"""How long a client may take for its one line."""

CLIENTS = 16
"""How many may be connected at one time."""

HAND_OVER_SECONDS = 10.0
"""How long a start tries to reach a process that holds the lock but does not answer: it may be starting or ending."""

TAKEN = b"taken\n"
REFUSED = b"refused\n"

log = logging.getLogger(__name__)


class Endpoint:
    """The listening end; holds the lock that makes it the only one. ``received`` is called on a thread of its own."""

    def __init__(self, path: Path, lock: FileLock, received: Callable[[Request], None]) -> None:
        self._path = path
        self._lock = lock
        self._received = received
        self._clients = 0
        # Whoever holds the lock may remove what is there: its owner is gone.
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._loop = Loop(f"endpoint-{path.stem}")
        self._server = self._loop.call(self._listen(), CLIENT_SECONDS)

    def close(self) -> None:
        """Stop listening and let the next start take its place; a second time does nothing."""
        if not self._lock.is_locked:
            return
        self._path.unlink(missing_ok=True)
        self._loop.call(self._end(), CLIENT_SECONDS)
        self._loop.stop()
        self._lock.release()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_unix_server(self._serve, sock=self._socket, limit=LONGEST)

    async def _end(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            with suppress(OSError, TimeoutError, asyncio.CancelledError):
                answer = await asyncio.wait_for(self._answer(reader, writer), CLIENT_SECONDS)
                writer.write(answer)
                await asyncio.wait_for(writer.drain(), CLIENT_SECONDS)
        finally:
            self._clients -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        if self._clients > CLIENTS or not is_this_user(writer.get_extra_info("socket")):
            log.warning("a client was refused: too many, or somebody else's")
            return REFUSED
        try:
            request = decode(await reader.readuntil(b"\n"))
        except (ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.warning("not a request: %s", type(error).__name__)
            return REFUSED
        self._received(request)
        return TAKEN


def listen_or_send(path: Path, request: Request, received: Callable[[Request], None]) -> Endpoint | None:
    """Listen at ``path``; where another process does already, hand it ``request`` and return None.

    Raises EndpointUnusable where the place cannot be used, or the process that has it takes nothing.
    """
    lock = FileLock(path.with_suffix(".lock"), timeout=0, mode=0o600)
    deadline = time.monotonic() + HAND_OVER_SECONDS
    while True:
        try:
            lock.acquire()
        except Timeout:
            if send(path, request):
                return None
            if time.monotonic() > deadline:
                raise EndpointUnusable(path=str(path), reason="no answer") from None
            time.sleep(0.05)  # it is starting or ending, of which nobody can tell us
        except OSError as error:
            raise EndpointUnusable(path=str(path), reason=error.strerror or str(error)) from None
        else:
            break
    try:
        return Endpoint(path, lock, received)
    except OSError as error:
        lock.release()
        raise EndpointUnusable(path=str(path), reason=error.strerror or str(error)) from None


def send(path: Path, request: Request) -> bool:
    """Hand ``request`` to whoever listens at ``path``; false where nobody does, or it was not taken."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(CLIENT_SECONDS)
        try:
            client.connect(str(path))
            if not is_this_user(client):
                return False
            client.sendall(encode(request))
            return client.recv(len(TAKEN)) == TAKEN
        except OSError:
            return False
