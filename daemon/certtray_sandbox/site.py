"""A site on 127.0.0.1 that asks every visitor for a certificate by TLS, and tells which one it was shown.

It names the root it accepts (RFC 8446 4.2.4), as brokers' sites do: a browser without the issuing CA's certificate then finds
none of its own fitting. Python's ``ssl`` cannot send these names, so this stands on pyOpenSSL.
"""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL, crypto

from certtray_sandbox import tls
from certtray_sandbox.home import prepare

Tell = Callable[[dict[str, Any]], None]
"""Takes one row: ``ready`` with ``url`` and ``certificate`` (the site's own, PEM), then a ``visit`` for each page asked for."""

_LONGEST: Final = 65536


def serve(folder: Path, tell: Tell) -> None:
    """Answer visitors until the process ends; ``folder`` is the sandbox's."""
    prepare(folder)
    tls.renew_server(folder / "tls", datetime.now(UTC).replace(microsecond=0), "site")
    certificate = folder / "tls" / "site.crt"
    context = _context(certificate, folder / "tls" / "site.key", folder / "ca" / "root.crt")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        tell({"type": "ready", "url": url, "certificate": str(certificate)})
        while True:
            visitor, _ = listener.accept()
            threading.Thread(target=_receive, args=(context, visitor, tell), daemon=True).start()


def _context(certificate: Path, key: Path, root: Path) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(certificate))
    context.use_privatekey_file(str(key))
    context.load_verify_locations(str(root))
    context.load_client_ca(str(root).encode())
    context.set_verify(SSL.VERIFY_PEER, _note)
    # Nobody is known from an earlier visit: each one shows its certificate anew.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)
    return context


def _note(connection: SSL.Connection, _certificate: crypto.X509, error: int, _depth: int, _held: int) -> bool:
    """Keep what is wrong with the chain and let the handshake go on: the page is refused then, and its visitor known."""
    if error:
        connection.get_app_data().append(error)
    return True


def _receive(context: SSL.Context, visitor: socket.socket, tell: Tell) -> None:
    errors: list[int] = []
    connection = SSL.Connection(context, visitor)
    connection.set_app_data(errors)
    connection.set_accept_state()
    try:
        connection.do_handshake()
        request = connection.recv(_LONGEST).decode("latin-1")
        shown = connection.get_peer_certificate(as_cryptography=True)
        fingerprint = hashlib.sha256(shown.public_bytes(Encoding.DER)).hexdigest() if shown else None
        row = {"fingerprint_sha256": fingerprint, "errors": errors, "admitted": fingerprint is not None and not errors}
        page = "welcome" if row["admitted"] else "no access"
        head = f"HTTP/1.1 {'200 OK' if row['admitted'] else '403 Forbidden'}\r\nConnection: close\r\n"
        connection.sendall(f"{head}Content-Type: text/plain\r\nContent-Length: {len(page)}\r\n\r\n{page}".encode())
        tell({"type": "visit", "path": request.split(" ")[1], **row})
        connection.shutdown()
    except SSL.Error:  # browsers hang up to choose a certificate and come again
        return
    finally:
        visitor.close()
