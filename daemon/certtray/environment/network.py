"""The way to each issuer that is set up here: proxy, name, TLS under its own root, and its clock against ours."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from certtray.environment.finding import Finding, Level, Value, plain
from certtray.system.connections import Connection

SECONDS = 5.0
CLOCK_MAY_DIFFER = 60
"""Seconds; a code's life and the validity of what is signed depend on the clock."""


def network(connections: Iterable[Connection], clock: Callable[[], datetime]) -> Iterator[Finding]:
    """Yield the checks for each connection; without any, that the clock cannot be compared."""
    proxies = urllib.request.getproxies()
    proxy = next((proxies[kind] for kind in ("https", "http", "all") if kind in proxies), "")
    shown = urllib.parse.urlsplit(proxy).hostname or ""
    yield Finding(
        "proxy", Level.UNKNOWN if shown else Level.OK, Value("no_proxy"), plain(shown) if shown else Value("no_proxy")
    )
    asked = False
    for connection in connections:
        asked = True
        yield from _host(connection, clock)
    if not asked:
        yield Finding("clock", Level.UNKNOWN, Value("clock", {"seconds": CLOCK_MAY_DIFFER}), Value("no_issuer"))


def _host(connection: Connection, clock: Callable[[], datetime]) -> Iterator[Finding]:
    place = urllib.parse.urlsplit(connection.url)
    host, port = place.hostname or "", place.port or 443
    about = f"{host}:{port}"
    try:
        addresses = {each[4][0] for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        yield Finding("dns", Level.BAD, Value("found"), Value("not_found", {"reason": str(error)}), about)
        return
    yield Finding("dns", Level.OK, Value("found"), plain(", ".join(sorted(map(str, addresses)))), about)
    try:
        version, date = _ask(connection, host, port)
    except ssl.SSLCertVerificationError as error:
        yield Finding("tls", Level.BAD, Value("trusted"), Value("not_trusted", {"reason": error.verify_message}), about)
        return
    except (OSError, http.client.HTTPException) as error:
        yield Finding("tls", Level.BAD, Value("trusted"), Value("no_answer", {"reason": type(error).__name__}), about)
        return
    yield Finding("tls", Level.OK, Value("trusted"), plain(version), about)
    yield _clock(date, clock(), about)


def _ask(connection: Connection, host: str, port: int) -> tuple[str, str]:
    """Return the TLS version and the Date of an answer, whatever it answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=connection.root)
    asked = http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)
    try:
        asked.connect()
        version = (asked.sock.version() or "") if isinstance(asked.sock, ssl.SSLSocket) else ""
        asked.request("HEAD", "/")
        return version, asked.getresponse().getheader("Date") or ""
    finally:
        asked.close()


def _clock(date: str, now: datetime, about: str) -> Finding:
    wanted = Value("clock", {"seconds": CLOCK_MAY_DIFFER})
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return Finding("clock", Level.UNKNOWN, wanted, Value("not_told"), about)
    ahead = round((now - theirs).total_seconds())
    level = Level.OK if abs(ahead) <= CLOCK_MAY_DIFFER else Level.BAD
    return Finding("clock", level, wanted, Value("clock_off", {"seconds": f"{ahead:+d}"}), about)
