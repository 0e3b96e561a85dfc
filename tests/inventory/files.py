"""Real certificate files by OpenSSL, and a plain reader for them on `cryptography` alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from certtray.core.certificate import Certificate, Usage
from certtray.core.errors import NotACertificateFile, PasswordNeeded, WrongPassword
from certtray.core.secret import Secret

PASSWORD = "A123456789"


@dataclass(frozen=True)
class Found:
    path: str
    size: int
    mtime_ns: int
    inode: int
    device: int


@dataclass(frozen=True)
class Holding:
    certificate: Certificate
    der: bytes
    has_key: bool


@dataclass(frozen=True)
class FileContent:
    kind: str
    holdings: tuple[Holding, ...]


def walk(*folders: Path) -> Iterator[Found]:
    for folder in folders:
        for path in sorted(folder.iterdir()):
            facts = path.stat()
            yield Found(str(path), facts.st_size, facts.st_mtime_ns, facts.st_ino, facts.st_dev)


def make_pfx(path: Path, cn: str = "A123456789-00-00::PCC005", password: str = PASSWORD, days: int = 20) -> Path:
    key, certificate = path.with_suffix(".key"), path.with_suffix(".cer")
    subject = f"/C=TW/O=TaiCA Secure CA/OU=RA-SinoPac/CN={cn}"
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8"]
    request += ["-days", str(days), "-subj", subject, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(request, check=True, capture_output=True)
    export = ["openssl", "pkcs12", "-export", "-inkey", str(key), "-in", str(certificate), "-out", str(path)]
    subprocess.run([*export, "-passout", "stdin"], input=password.encode() + b"\n", check=True, capture_output=True)
    key.unlink()
    certificate.unlink()
    return path


def age(path: Path, seconds: int = 60) -> Path:
    """Make a file older, so that it counts as settled."""
    facts = path.stat()
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns - seconds * 10**9))
    return path


def facts(certificate: x509.Certificate) -> Certificate:
    def name(value: x509.Name) -> tuple[tuple[str, str], ...]:
        return tuple((part.rfc4514_attribute_name, str(part.value)) for part in value)

    public = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public)
    return Certificate(
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        serial=certificate.serial_number,
        subject=name(certificate.subject),
        issuer=name(certificate.issuer),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        usage=Usage.BOTH,
        key_hash=digest.finalize().hex(),
        is_ca=False,
    )


class CountingReader:
    """Reads PFX files; ``paths`` are those it was asked for."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, data: bytes, path: str, passwords: Sequence[Secret]) -> FileContent:
        self.paths.append(path)
        if data == b"crash":
            raise RuntimeError("a bug in the reader")
        if data[:1] != b"\x30":
            raise NotACertificateFile(path=path)
        for password in passwords:
            try:
                loaded = pkcs12.load_pkcs12(data, password.reveal().encode())
            except ValueError:
                continue
            assert loaded.cert is not None
            certificate = loaded.cert.certificate
            der = certificate.public_bytes(serialization.Encoding.DER)
            return FileContent("pfx", (Holding(facts(certificate), der, has_key=True),))
        if passwords:
            raise WrongPassword(path=path)
        raise PasswordNeeded(path=path, protection="AES-256-CBC")
