"""Serving the RAs over TLS on 127.0.0.1, until SIGTERM."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import uvicorn

from certtray_sandbox import tls
from certtray_sandbox.app import Offices
from certtray_sandbox.home import prepare
from certtray_sandbox.revocation import publish

# Everything to stderr: stdout belongs to whoever starts us. Paths carry enrollment ids only.
LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"uvicorn": {"handlers": ["stderr"], "level": "INFO"}},
}


@dataclass(frozen=True, slots=True)
class Connection:
    """What a client needs to know."""

    url: str
    """Of all RAs; ``url_of`` is one of them."""
    root_path: Path
    """PEM file of the TLS root."""
    ca_root_path: Path
    """PEM file of the root that holders' certificates chain to."""

    def url_of(self, profile: str) -> str:
        """Return the address of one RA."""
        return f"{self.url}/{profile}"


class _Server(uvicorn.Server):
    """Says when it is listening."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def serve(folder: Path, ready: Callable[[Connection], None], port: int = 0) -> None:
    """Run the RAs of ``folder`` until SIGTERM or SIGINT; ``ready`` is called once, when it is listening.

    ``port`` 0 takes a free one. Call it on the main thread of its own process: like any uvicorn server it ends by
    raising the signal it was stopped with again. Raises ``OSError`` where the port is taken.
    """
    prepare(folder)
    offices = Offices(folder)
    offices.catch_up()
    identity = folder / "tls"
    tls.renew_server(identity, datetime.now(UTC).replace(microsecond=0))
    with closing(socket.create_server(("127.0.0.1", port))) as listener, publish(folder):
        # Inherited by each connection; without it small answers wait 40 ms for the client's delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            offices,
            lifespan="off",
            ssl_certfile=identity / "server.crt",
            ssl_keyfile=identity / "server.key",
            ssl_version=ssl.PROTOCOL_TLS_SERVER,
            log_config=LOGGING,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config, lambda: ready(Connection(url, identity / "root.crt", folder / "ca" / "root.crt")))
        server.run(sockets=[listener])
