"""PKCS#10 as OpenSSL sees it."""

from __future__ import annotations

import subprocess

from cryptography.hazmat.primitives.asymmetric import rsa

from certtray.crypto.request import build_request


def test_openssl_verifies_the_request() -> None:
    request = build_request(rsa.generate_private_key(65537, 2048), "A123456789-00-00::PCC005")
    command = ["openssl", "req", "-inform", "DER", "-verify", "-noout", "-subject", "-text"]
    run = subprocess.run(command, input=request, capture_output=True, check=True)
    assert b"verify OK" in run.stdout + run.stderr
    assert b"CN = A123456789-00-00::PCC005" in run.stdout
    assert b"sha256WithRSAEncryption" in run.stdout
