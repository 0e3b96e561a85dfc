"""Bad networks and bad servers, for real: a relay that cuts connections, a TLS server that misbehaves."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class _Listener:
    """Accepts on a loopback address, one thread a connection, until the block ends."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._socket = socket.create_server((host, 0))
        self.url = f"https://{host}:{self._socket.getsockname()[1]}"
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for one in self._open:
            _close(one)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._open.append(connection)
                threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    def _guarded(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.handle(connection)
        _close(connection)

    def handle(self, connection: socket.socket) -> None:
        """Serve one connection."""
        raise NotImplementedError


class Relay(_Listener):
    """Passes TLS bytes through untouched, and cuts when told to."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url += urlsplit(url).path
        self._target = ("127.0.0.1", urlsplit(url).port)
        self._cut_after: int | None = None
        self.cuts = 0

    def cut_next_answer(self, after: int) -> None:
        """Cut once the server has sent ``after`` more bytes; 0 cuts when its answer begins: it has acted by then."""
        self._cut_after = after

    def handle(self, connection: socket.socket) -> None:
        server = socket.create_connection(self._target)
        self._open.append(server)
        threading.Thread(target=self._pump, args=(connection, server), daemon=True).start()
        while data := server.recv(65536):
            if self._cut_after is not None:
                connection.sendall(data[: self._cut_after])
                self._cut_after = None
                self.cuts += 1
                break
            connection.sendall(data)
        _close(server)

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class FaultyServer(_Listener):
    """Speaks TLS with a given identity; what it answers to a request is up to ``answer(connection)``."""

    def __init__(
        self, certificate: Path, key: Path, answer: Callable[[ssl.SSLSocket], None], host: str = "127.0.0.1"
    ) -> None:
        super().__init__(host)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._answer = answer
        self.requests = 0

    def handle(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as secure:
            with secure.makefile("rb") as request:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = request.readline()
                    if not line:
                        return
                    head += line
                # All of it: closing with something unread resets the connection and takes the answer with it.
                length = re.search(rb"content-length: (\d+)", head.lower())
                request.read(int(length[1]) if length else 0)
            self.requests += 1
            self._answer(secure)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
