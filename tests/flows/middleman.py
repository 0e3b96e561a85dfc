"""A TLS server between program and RA that passes every call through, except those it was told to spoil."""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from certtray_sandbox import tls
from tests.rigs import ReferenceRa

FAULTS = ("cut before", "cut after", "half an answer", "500", "garbage", "silence", "slow")


@dataclass
class Middleman:
    """``spoil`` names the calls by regular expression over ``METHOD /path``; ``times`` limits how often."""

    ra: ReferenceRa
    url: str = ""
    root: Path = Path()
    fault: str = ""
    calls: str = "$^"
    times: int = 0
    answer: bytes = b""
    """For the fault ``answer``: the JSON body that takes the place of the RA's."""
    seen: list[str] = field(default_factory=list)
    spoiled: list[str] = field(default_factory=list)

    def spoil(self, calls: str, fault: str, times: int = 1_000_000) -> None:
        """From now on do ``fault`` to the next ``times`` calls that match."""
        self.calls, self.fault, self.times = calls, fault, times

    def heal(self) -> None:
        """Pass everything through again."""
        self.times = 0

    def fault_for(self, call: str) -> str:
        """Take note of a call; say what is to be done to it."""
        self.seen.append(call)
        if self.times <= 0 or not re.fullmatch(self.calls, call):
            return ""
        self.times -= 1
        self.spoiled.append(call)
        return self.fault


@contextmanager
def middleman(ra: ReferenceRa, folder: Path) -> Iterator[Middleman]:
    """Serve with a TLS identity of its own for the length of the block."""
    now = datetime.now(UTC).replace(microsecond=0)
    tls.create_root(folder, now)
    tls.renew_server(folder, now)
    between = Middleman(ra, root=folder / "root.crt")

    class Handler(_Handler):
        middleman = between

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    between.url = f"https://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield between
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    middleman: Middleman
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = True
        fault = self.middleman.fault_for(f"{self.command} {self.path}")
        match fault:
            case "cut before":
                return
            case "silence":
                time.sleep(6)  # longer than the hasty client waits
                return
            case "500":
                self._answer(500, "text/html", b"<h1>Oops</h1>")
                return
            case "garbage":
                self._answer(200, "application/json", b'{"state":"')
                return
        status, kind, answer = self._ask_the_ra(body)
        match fault:
            case "cut after":
                return
            case "half an answer" if status == 204:  # it has a head only
                self.wfile.write(b"HTTP/1.1 20")
            case "half an answer":
                self._head(status, kind, len(answer) + 20)
                self.wfile.write(answer[: len(answer) // 2])
            case "slow" if status == 204:  # nothing to be slow with but the head
                time.sleep(6)
            case "slow":
                self._head(status, kind, len(answer) + 200)
                for byte in answer + bytes(200):  # never silent for long, and never done in time
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.05)
            case "answer":
                self._answer(200, "application/json", self.middleman.answer)
            case _:
                self._answer(status, kind, answer)

    do_PUT = do_POST = do_GET

    def _ask_the_ra(self, body: bytes) -> tuple[int, str, bytes]:
        """Raises what the connection raises while the RA is down; the caller's connection is then cut."""
        ra = self.middleman.ra
        context = ssl.create_default_context(cafile=str(ra.tls_root))
        with closing(HTTPSConnection("127.0.0.1", urlsplit(ra.url).port, context=context, timeout=20)) as connection:
            kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
            connection.request(self.command, urlsplit(ra.url).path + self.path, body or None, kept)
            response = connection.getresponse()
            return response.status, response.headers.get("Content-Type", ""), response.read()

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self._head(status, kind, len(body))
        self.wfile.write(body)

    def _head(self, status: int, kind: str, length: int) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the tests' own stderr."""
