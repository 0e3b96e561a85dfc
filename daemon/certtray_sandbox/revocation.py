"""What a CA publishes about its certificates: a revocation list, a responder, its own certificates; plain http on 127.0.0.1.

Everything is signed, so http is what real CAs use too (RFC 5280 8).
"""

from __future__ import annotations

import base64
import binascii
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certtray_sandbox.certificates import Issued, all_revoked, find
from certtray_sandbox.clock import folder_clock
from certtray_sandbox.home import made, store_of
from certtray_sandbox.keyfiles import read_key
from certtray_sandbox.places import base_url

LIST_LIFE: Final = timedelta(hours=24)
ANSWER_LIFE: Final = timedelta(hours=1)
LARGEST_QUESTION: Final = 4096


@dataclass(frozen=True, slots=True)
class Publisher:
    """One CA: ``name`` is an RA's profile id, or ``root``, which has revoked nothing."""

    folder: Path
    name: str
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    def load(cls, folder: Path, name: str) -> Publisher:
        """Read it from the sandbox in ``folder``."""
        own = folder / "ca" / "root" if name == "root" else folder / name / "user-ca"
        certificate = x509.load_pem_x509_certificate(own.with_suffix(".crt").read_bytes())
        return cls(folder, name, certificate, read_key(own.with_suffix(".key")))

    def revoked(self) -> list[Issued]:
        """Return what is revoked or suspended now."""
        if self.name == "root":
            return []
        with store_of(self.folder, self.name).transaction() as db:
            return all_revoked(db)

    def find(self, serial: str) -> Issued | None:
        """Return the certificate of this serial."""
        with store_of(self.folder, self.name).transaction() as db:
            return find(db, serial)


def revocation_list(publisher: Publisher, now: datetime) -> bytes:
    """Return the CA's list in DER, signed by it, numbered by its time."""
    start = now.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(publisher.certificate.subject)
        .last_update(start)
        .next_update(start + LIST_LIFE)
        .add_extension(x509.CRLNumber(int(start.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(publisher.key.public_key()), critical=False)
    )
    for each in publisher.revoked():
        if each.revoked is None or each.revoked_at is None:
            continue
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(int(each.serial, 16))
            .revocation_date(each.revoked_at)
            .add_extension(x509.CRLReason(x509.ReasonFlags(each.revoked)), critical=False)
            .build()
        )
    return builder.sign(publisher.key, hashes.SHA256()).public_bytes(Encoding.DER)


class Responder:
    """Answers for one CA under a certificate of its own (RFC 6960 4.2.2.2), made when the server starts."""

    def __init__(self, publisher: Publisher, now: datetime) -> None:
        self._publisher, self._issuer = publisher, publisher.certificate
        self._key = rsa.generate_private_key(65537, 2048)
        start = now.replace(microsecond=0) - timedelta(days=1)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TaiCA Sandbox OCSP - Evaluation Only")]))
            .issuer_name(self._issuer.subject)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3650))
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=True)
            .add_extension(x509.OCSPNoCheck(), critical=False)
            .sign(publisher.key, hashes.SHA256())
        )

    def answer(self, question: bytes, now: datetime) -> bytes:
        """Return the response in DER to a request in DER."""
        try:
            asked = ocsp.load_der_ocsp_request(question)
            nonce = _nonce(asked)
            serial = f"{asked.serial_number:08X}"
        except ValueError:
            return _failure(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if not self._is_ours(asked):
            return _failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        held = self._publisher.find(serial)
        if held is None:
            return _failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        status = ocsp.OCSPCertStatus.REVOKED if held.revoked else ocsp.OCSPCertStatus.GOOD
        start = now.replace(microsecond=0)
        builder = ocsp.OCSPResponseBuilder().add_response(
            x509.load_der_x509_certificate(held.der),
            self._issuer,
            asked.hash_algorithm,
            status,
            start,
            start + ANSWER_LIFE,
            held.revoked_at,
            x509.ReasonFlags(held.revoked) if held.revoked else None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self._certificate)
        builder = builder.certificates([self._certificate])
        if nonce is not None:
            builder = builder.add_extension(nonce, critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _is_ours(self, asked: ocsp.OCSPRequest) -> bool:
        ours = ocsp.OCSPRequestBuilder().add_certificate(self._certificate, self._issuer, asked.hash_algorithm).build()
        return (ours.issuer_name_hash, ours.issuer_key_hash) == (asked.issuer_name_hash, asked.issuer_key_hash)


class Published:
    """All CAs of one sandbox, each read when it is first asked for: an RA is made on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = folder_clock(folder)
        self._responders: dict[str, Responder] = {}
        self._making = threading.Lock()

    def get(self, path: str) -> tuple[str, bytes] | None:
        """Return kind and bytes of ``/<ca>.crl``, ``/<ca>.cer`` or ``/<ca>/ocsp/<base64>``; None where nothing is."""
        name, _, asked = path.removeprefix("/").partition("/ocsp/")
        if asked:
            try:
                return self.post(f"/{name}/ocsp", base64.b64decode(urllib.parse.unquote(asked), validate=True))
            except binascii.Error:
                return self.post(f"/{name}/ocsp", b"")
        name, _, kind = name.partition(".")
        if not self._is_there(name) or kind not in ("crl", "cer"):
            return None
        publisher = Publisher.load(self._folder, name)
        if kind == "cer":
            return "pkix-cert", publisher.certificate.public_bytes(Encoding.DER)
        return "pkix-crl", revocation_list(publisher, self._clock())

    def post(self, path: str, question: bytes) -> tuple[str, bytes] | None:
        """Answer a question put to ``/<ca>/ocsp``."""
        name, _, rest = path.removeprefix("/").partition("/")
        if rest != "ocsp" or name == "root" or not self._is_there(name):
            return None
        with self._making:
            if name not in self._responders:
                self._responders[name] = Responder(Publisher.load(self._folder, name), self._clock())
        return "ocsp-response", self._responders[name].answer(question, self._clock())

    def _is_there(self, name: str) -> bool:
        return name in ("root", *made(self._folder))


@contextmanager
def publish(folder: Path) -> Iterator[None]:
    """Serve all of it for the length of the block; OSError where the port that stands in the certificates is taken."""
    published = Published(folder)
    port = int(base_url(folder / "ca").rpartition(":")[2])

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            self._send(published.get(self.path))

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            fits = 0 < size <= LARGEST_QUESTION
            self._send(published.post(self.path, self.rfile.read(size)) if fits else None)

        def _send(self, answer: tuple[str, bytes] | None) -> None:
            if answer is None:
                self.send_error(404)
                return
            kind, body = answer
            self.send_response(200)
            self.send_header("Content-Type", f"application/{kind}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: who asks about which certificate is nobody's business."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, name="revocation", daemon=True)
        serving.start()
        try:
            yield
        finally:
            server.shutdown()
            serving.join()


def _nonce(asked: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    try:
        return asked.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None


def _failure(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
