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
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certtray_sandbox.certificates import all_revoked, find
from certtray_sandbox.keyfiles import read_key
from certtray_sandbox.places import base_url

if TYPE_CHECKING:
    from certtray_sandbox.home import Sandbox

LIST_LIFE: Final = timedelta(hours=24)
ANSWER_LIFE: Final = timedelta(hours=1)
LARGEST_QUESTION: Final = 4096


def revocation_list(sandbox: Sandbox, issuer: str, now: datetime) -> bytes:
    """Return the list of ``issuer`` in DER, signed by it, numbered by its time."""
    certificate, key = _issuer(sandbox, issuer)
    start = now.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(start)
        .next_update(start + LIST_LIFE)
        .add_extension(x509.CRLNumber(int(start.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if issuer == "user-ca":
        with sandbox.store.transaction() as db:
            held = all_revoked(db)
        for each in held:
            if each.revoked is None or each.revoked_at is None:
                continue
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(int(each.serial, 16))
                .revocation_date(each.revoked_at)
                .add_extension(x509.CRLReason(x509.ReasonFlags(each.revoked)), critical=False)
                .build()
            )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


class Responder:
    """Answers for one CA under a certificate of its own (RFC 6960 4.2.2.2), made when the server starts."""

    def __init__(self, sandbox: Sandbox, now: datetime) -> None:
        self._sandbox = sandbox
        self._issuer, issuer_key = _issuer(sandbox, "user-ca")
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
            .sign(issuer_key, hashes.SHA256())
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
        with self._sandbox.store.transaction() as db:
            held = find(db, serial)
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


@contextmanager
def publish(sandbox: Sandbox) -> Iterator[None]:
    """Serve all of it for the length of the block; OSError where the port that stands in the certificates is taken."""
    responder = Responder(sandbox, sandbox.clock())
    port = int(base_url(sandbox.folder / "ca").rpartition(":")[2])

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            name = urllib.parse.unquote(self.path.removeprefix("/"))
            issuer, _, kind = name.partition(".")
            if name.startswith("ocsp/"):
                try:
                    question = base64.b64decode(name.removeprefix("ocsp/"), validate=True)
                except binascii.Error:
                    question = b""
                self._send("ocsp-response", responder.answer(question, sandbox.clock()))
            elif issuer in ("user-ca", "root") and kind == "crl":
                self._send("pkix-crl", revocation_list(sandbox, issuer, sandbox.clock()))
            elif issuer in ("user-ca", "root") and kind == "cer":
                self._send("pkix-cert", _issuer(sandbox, issuer)[0].public_bytes(Encoding.DER))
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if self.path != "/ocsp" or not 0 < size <= LARGEST_QUESTION:
                self.send_error(404)
                return
            self._send("ocsp-response", responder.answer(self.rfile.read(size), sandbox.clock()))

        def _send(self, kind: str, body: bytes) -> None:
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


def _issuer(sandbox: Sandbox, issuer: str) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    folder = sandbox.folder / "ca"
    return x509.load_pem_x509_certificate((folder / f"{issuer}.crt").read_bytes()), read_key(folder / f"{issuer}.key")


def _nonce(asked: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    try:
        return asked.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None


def _failure(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
