"""A HiCOS local service that answers as FACTS.md 2 says, on a port of this computer, and notes everything it is asked."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tests.makers import Party


@dataclass
class Service:
    """What it answers, and what it was asked (method, path, length of a body)."""

    answer: object = None
    raw: bytes | None = None
    status: int = 200
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    port: int = 0


def card(*parties: Party, serial: str = "TP03200000000001") -> dict[str, Any]:
    """A slot with a card of these certificates."""
    certs = [
        {
            "certb64": b64encode(party.der).decode(),
            "label": f"cert{number}",
            "usage": "digitalSignature",
            "sn": f"{party.certificate.serial_number:X}",
            "subjectDN": party.certificate.subject.rfc4514_string(),
            "issuerDN": party.certificate.issuer.rfc4514_string(),
            "notBeforeT": int(party.certificate.not_valid_before_utc.timestamp()),
            "notAfterT": int(party.certificate.not_valid_after_utc.timestamp()),
        }
        for number, party in enumerate(parties, 1)
    ]
    return {"slotDescription": "Generic Smart Card Reader 0", "token": {"serialNumber": serial, "certs": certs}}


@contextmanager
def hipki(answer: object = None, port: int = 0) -> Iterator[Service]:
    """Run one on 127.0.0.1, on any free port or the given one."""
    service = Service(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.asked.append((self.command, self.path, self.headers.get("Content-Length", "")))
            body = json.dumps(service.answer).encode() if service.raw is None else service.raw
            self.send_response(service.status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with HTTPServer(("127.0.0.1", port), Handler) as server:
        service.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
