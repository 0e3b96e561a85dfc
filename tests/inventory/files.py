"""Real certificate files by OpenSSL, read as the program reads them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from certtray.core.secret import Secret
from certtray.crypto.content import FileContent
from certtray.crypto.files import read_certificates
from certtray.stores.folders import Found
from certtray.stores.folders import walk as folders_walk

PASSWORD = "A123456789"


def walk(*folders: Path) -> Iterator[Found]:
    """Walk folders that must be readable."""

    def refuse(path: str, error: OSError) -> None:
        raise AssertionError(path) from error

    return folders_walk(folders, refuse)


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


class CountingReader:
    """Reads files as the program does; ``paths`` are those it was asked for."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, data: bytes, path: str, passwords: Sequence[Secret]) -> FileContent:
        self.paths.append(path)
        if data == b"crash":
            raise RuntimeError("a bug in the reader")
        return read_certificates(data, path, passwords)
