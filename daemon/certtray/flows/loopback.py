"""The address on this machine to which a login in the browser returns, for one request."""

from __future__ import annotations

import hmac
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from certtray.core.errors import Cancelled, SignOnFailed
from certtray.core.secret import Secret

PATH: Final = "/signed-on"
PAGE: Final = """<!doctype html><html lang="zh-Hant"><meta charset="utf-8"><title>憑證守望</title>
<body style="font:1.1rem/1.7 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color:#243">
<h1 style="font-size:1.4rem">{title}</h1><p>{text}</p></body></html>"""
WELL: Final = PAGE.format(
    title="登入完成", text="可以關閉這個分頁，回到憑證守望。<br>Signed in. Close this tab and return to CertTray."
)
ILL: Final = PAGE.format(
    title="沒有登入", text="請回到憑證守望再試一次。<br>Not signed in. Return to CertTray and try again."
)


class Loopback:
    """Listens on 127.0.0.1 until the browser comes back with ``state``, or with something else, which ends it too."""

    def __init__(self, state: str) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.state = state

    def __enter__(self) -> Loopback:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.server_close()

    @property
    def address(self) -> str:
        """Where the browser is to be sent."""
        return f"http://127.0.0.1:{self._server.server_port}{PATH}"

    def wait(self, seconds: float) -> Secret | None:
        """Serve for at most ``seconds``; return the code, None when nobody came. SignOnFailed, Cancelled (denied there)."""
        self._server.timeout = seconds
        self._server.handle_request()
        if self._server.failed == "access_denied":
            raise Cancelled(where="sign_on")
        if self._server.failed:
            raise SignOnFailed(reason=self._server.failed)
        return self._server.code


class _Server(HTTPServer):
    state = ""
    code: Secret | None = None
    failed = ""

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """A browser that hangs up is no error of ours."""

    def take(self, query: str) -> bool:
        """Keep what the one request brought (RFC 6749 4.1.2); say whether it is what was waited for."""
        given = {name: values[0] for name, values in parse_qs(query).items() if len(values) == 1}
        if not hmac.compare_digest(given.get("state", "").encode(), self.state.encode()):
            self.failed = "state"
        elif "code" in given:
            self.code = Secret(given["code"])
        else:
            self.failed = "access_denied" if given.get("error") == "access_denied" else "code"
        return not self.failed


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout: ClassVar[float] = 5
    """Seconds; a browser may open a connection and say nothing."""

    def do_GET(self) -> None:
        """Take the redirect; anything else (a browser asks for an icon) is not found."""
        address = urlsplit(self.path)
        if address.path != PATH or self.server.code or self.server.failed:
            self.send_error(404)
            return
        page = (WELL if self.server.take(address.query) else ILL).encode()
        self.send_response(200)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the address holds the code."""
