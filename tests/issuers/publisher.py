"""A server on 127.0.0.1 that answers as a test wants, and a CA whose certificates point to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from tests.makers import Party, issue, name, spare_key
from tests.patience import SECONDS

SERIAL = 0x7E0445FC
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
START, END = NOW - timedelta(days=300), NOW + timedelta(days=300)
Reply = Callable[[bytes], bytes] | bytes | int
"""What a path gives: a body, a function of the posted question, or a status."""


@dataclass
class Publisher:
    """Replies by path; ``asked`` counts."""

    url: str = ""
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    """An answer that waits is let go when this is set."""


@contextmanager
def publishing() -> Iterator[Publisher]:
    """Serve for the length of the block."""
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, question: bytes) -> None:
            publisher.asked.append(f"{self.command} {self.path}")
            reply = publisher.replies.get(self.path, 404)
            if isinstance(reply, int):
                self.send_response(reply)
                for header, value in publisher.headers.items():
                    self.send_header(header, value)
                self.end_headers()
                return
            body = reply if isinstance(reply, bytes) else reply(question)
            self.send_response(200)
            self.end_headers()
            try:
                self.wfile.write(body)
                if body == b"drip":
                    publisher.gate.wait(SECONDS)
            except (BrokenPipeError, ConnectionResetError):
                pass

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        publisher.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield publisher
        finally:
            publisher.gate.set()
            server.shutdown()
            serving.join()


def ca(cn: str = "TWCA Test User CA", number: int = 5) -> Party:
    """A CA of its own, in force around NOW."""
    return issue(name(cn, "User CA"), use="ca", key=spare_key(number), not_before=START, not_after=END)


def pointing(
    url: str, issuer: Party, *, crl: bool = True, responder: bool = True, above: bool = False
) -> x509.Certificate:
    """A holder's certificate that names where to ask."""
    builder = x509.CertificateBuilder(
        issuer.certificate.subject, name("A123456789-00-00::PCC005"), spare_key(1).public_key(), SERIAL, START, END
    ).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if crl:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(url + "/list")], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    access = [(AuthorityInformationAccessOID.OCSP, "/ocsp")] if responder else []
    access += [(AuthorityInformationAccessOID.CA_ISSUERS, "/above")] if above else []
    if access:
        named = [x509.AccessDescription(method, x509.UniformResourceIdentifier(url + at)) for method, at in access]
        builder = builder.add_extension(x509.AuthorityInformationAccess(named), critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def listing(
    issuer: Party,
    revoked: dict[int, x509.ReasonFlags | None] | None = None,
    *extensions: tuple[x509.ExtensionType, bool],
    made: datetime = NOW - timedelta(hours=1),
    life: timedelta = timedelta(hours=24),
    signer: Party | None = None,
) -> bytes:
    """A revocation list of ``issuer``."""
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject, made, made + life)
    for serial, reason in (revoked or {}).items():
        entry = x509.RevokedCertificateBuilder(serial, made - timedelta(days=1))
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign((signer or issuer).key, hashes.SHA256()).public_bytes(Encoding.DER)


def delegate(issuer: Party, *, purpose: bool = True, end: datetime = END, number: int = 6) -> Party:
    """A responder's certificate given out by ``issuer``."""
    builder = x509.CertificateBuilder(
        issuer.certificate.subject, name("Responder"), spare_key(number).public_key(), 77, START, end
    )
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
    return Party(spare_key(number), builder.sign(issuer.key, hashes.SHA256()))


def answer(
    certificate: x509.Certificate,
    issuer: Party,
    signer: Party,
    *,
    reason: x509.ReasonFlags | None = None,
    made: datetime = NOW - timedelta(minutes=5),
    life: timedelta | None = timedelta(hours=1),
    nonce: bytes = b"",
    unknown: bool = False,
) -> bytes:
    """A responder's answer about ``certificate``."""
    status = ocsp.OCSPCertStatus.UNKNOWN if unknown else ocsp.OCSPCertStatus.GOOD
    when = None
    if reason is not None:
        status, when = ocsp.OCSPCertStatus.REVOKED, made - timedelta(days=1)
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate,
        issuer.certificate,
        hashes.SHA1(),  # noqa: S303
        status,
        made,
        made + life if life else None,
        when,
        reason,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if signer is not issuer:
        builder = builder.certificates([signer.certificate])
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)
