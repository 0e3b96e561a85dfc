"""Certs-only PKCS#7 made by OpenSSL, whole and damaged."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from certtray.core.errors import DamagedFile
from certtray.crypto.pkcs7 import certificates_in


def certificate(common_name: str) -> x509.Certificate:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


MADE = [certificate(name) for name in ("王小明", "TaiCA", "root")]
DERS = {one.public_bytes(Encoding.DER) for one in MADE}


def by_openssl(folder: Path, form: str, certificates: list[x509.Certificate]) -> bytes:
    (folder / "all.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in certificates))
    command = ["openssl", "crl2pkcs7", "-nocrl", "-certfile", "all.pem", "-outform", form]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout


@pytest.mark.parametrize("form", ["DER", "PEM"])
def test_every_certificate_of_openssls_file(form: str, tmp_path: Path) -> None:
    found = certificates_in(by_openssl(tmp_path, form, MADE), "x.p7b")
    assert len(found) == 3
    assert set(found) == DERS


def test_windows_line_ends_and_text_before_the_armour(tmp_path: Path) -> None:
    text = b"subject=x\r\n" + by_openssl(tmp_path, "PEM", MADE).replace(b"\n", b"\r\n")
    assert set(certificates_in(text, "x.p7b")) == DERS


def test_no_certificate_in_it(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile):
        certificates_in(by_openssl(tmp_path, "DER", []), "x.p7b")


def test_indefinite_length_as_older_windows_writes_it(tmp_path: Path) -> None:
    (tmp_path / "all.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in MADE))
    (tmp_path / "data").write_bytes(b"x")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-subj", "/CN=s"]
    subprocess.run([*command, "-out", "signer.pem"], cwd=tmp_path, capture_output=True, check=True)
    # Streaming makes OpenSSL write BER with indefinite lengths.
    command = ["openssl", "cms", "-sign", "-stream", "-nodetach", "-binary", "-outform", "DER", "-in", "data"]
    command += ["-signer", "signer.pem", "-inkey", "key.pem", "-certfile", "all.pem"]
    data = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    assert data[1] == 0x80
    assert set(certificates_in(data, "x.p7b")) >= DERS


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"hello", b"-----BEGIN PKCS7-----\nnot base64\n-----END PKCS7-----", next(iter(DERS))]
)
def test_anything_else_is_damaged_and_named(data: bytes) -> None:
    with pytest.raises(DamagedFile) as damaged:
        certificates_in(data, "x.p7b")
    assert damaged.value.facts["path"] == "x.p7b"


@pytest.fixture(scope="module")
def der(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return by_openssl(tmp_path_factory.mktemp("fuzz"), "DER", MADE[:1])


@settings(max_examples=400, deadline=None)
@given(cut=st.integers(0, 500), at=st.integers(0, 500), to=st.integers(0, 255))
def test_damage_gives_a_named_error_or_a_list(der: bytes, cut: int, at: int, to: int) -> None:
    damaged = bytearray(der[: len(der) - cut])
    if at < len(damaged):
        damaged[at] = to
    try:
        found = certificates_in(bytes(damaged), "x.p7b")
    except DamagedFile:
        return
    assert all(isinstance(one, bytes) for one in found)
