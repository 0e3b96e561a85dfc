"""The renewal proof as OpenSSL sees it: signature, signed attributes (RFC 5035), and the body's structure."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certtray.crypto.cmc import renewal_proof
from certtray.crypto.request import build_request

NOW = datetime(2026, 3, 7, 0, 13, 2, tzinfo=UTC)
ENROLLMENT = UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
NONCE = bytes(range(32))


def self_signed(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A123456789-00-00::PCC005")])
    start, end = NOW - timedelta(days=700), NOW + timedelta(days=36500)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 0x7E0445FC, start, end)
    return builder.sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A proof for two requests, its certificate, and the two requests."""
    folder = tmp_path_factory.mktemp("cmc")
    old, *new = (rsa.generate_private_key(65537, 2048) for _ in range(3))
    requests = [build_request(key, "x") for key in new]
    certificate = self_signed(old)
    der = certificate.public_bytes(Encoding.DER)
    (folder / "proof.der").write_bytes(renewal_proof(requests, ENROLLMENT, NONCE, old, der, now=NOW))
    (folder / "old.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    for number, request in enumerate(requests):
        (folder / f"{number}.p10").write_bytes(request)
    return folder


def openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=False)


VERIFY = ("cms", "-verify", "-inform", "DER", "-CAfile", "old.pem", "-purpose", "any", "-binary", "-out", "body.der")


def test_openssl_verifies_signature_and_signing_certificate(files: Path) -> None:
    # -cades makes OpenSSL demand a signingCertificate(V2) attribute that names the signer.
    run = openssl(files, *VERIFY, "-cades", "-in", "proof.der")
    assert run.returncode == 0, run.stderr
    assert b"Verification successful" in run.stderr


def test_one_altered_byte_of_the_body_is_noticed(files: Path) -> None:
    proof = (files / "proof.der").read_bytes()
    assert proof.count(NONCE) == 1
    (files / "altered.der").write_bytes(proof.replace(NONCE, bytes(32)))
    run = openssl(files, *VERIFY, "-in", "altered.der")
    assert run.returncode != 0


def test_the_body_names_enrollment_nonce_and_requests(files: Path) -> None:
    assert openssl(files, *VERIFY, "-in", "proof.der").returncode == 0
    body = (files / "body.der").read_bytes()
    printed = openssl(files, "asn1parse", "-inform", "DER", "-in", "body.der").stdout.decode()
    assert "id-cmc-transactionId" in printed
    assert f"INTEGER           :{ENROLLMENT.hex.upper()}" in printed
    assert "id-cmc-recipientNonce" in printed
    assert NONCE in body
    for number in range(2):
        assert (files / f"{number}.p10").read_bytes() in body


def test_signed_attributes_and_content_type(files: Path) -> None:
    printed = openssl(files, "cms", "-cmsout", "-print", "-inform", "DER", "-in", "proof.der").stdout.decode()
    for part in (
        "eContentType: id-cct-PKIData",
        "object: contentType",
        "OBJECT:id-cct-PKIData",
        "object: messageDigest",
        "object: id-smime-aa-signingCertificateV2",
        "UTCTIME:Mar  7 00:13:02 2026 GMT",
        "serialNumber: 2114209276",
    ):
        assert part in printed
