"""The server's TLS identity: a root that vouches for 127.0.0.1 only and has nothing to do with the CA."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from certtray_sandbox.ca import certificate
from certtray_sandbox.desks import name
from certtray_sandbox.keyfiles import read_key, write_certificates, write_key

ROOT_NAME: Final = name("O=CertTray sandbox", "CN=Sandbox TLS root")


def create_root(folder: Path, now: datetime) -> None:
    """Make ``root.crt`` and ``root.key`` in ``folder``."""
    folder.mkdir(mode=0o700, exist_ok=True)
    key = rsa.generate_private_key(65537, 2048)
    root = certificate(
        ROOT_NAME,
        key.public_key(),
        ROOT_NAME,
        key,
        serial=x509.random_serial_number(),
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=3650),
        usage="ca",
    )
    write_key(folder / "root.key", key)
    write_certificates(folder / "root.crt", root)


def renew_server(folder: Path, now: datetime, file: str = "server") -> None:
    """Make a fresh ``<file>.crt`` (with the root after it) and ``<file>.key``; done at every start."""
    key = rsa.generate_private_key(65537, 2048)
    root = x509.load_pem_x509_certificate((folder / "root.crt").read_bytes())
    server = certificate(
        name("CN=127.0.0.1"),
        key.public_key(),
        root.subject,
        read_key(folder / "root.key"),
        x509.SubjectAlternativeName([x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")), x509.DNSName("localhost")]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        serial=x509.random_serial_number(),
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=397),
        usage="both",
    )
    write_key(folder / f"{file}.key", key)
    write_certificates(folder / f"{file}.crt", server, root)
