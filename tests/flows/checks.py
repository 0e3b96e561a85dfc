"""What tools that are not ours say of a file."""

from __future__ import annotations

import subprocess
from pathlib import Path


def openssl(*arguments: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run openssl with a password on its standard input."""
    words = ["openssl", *map(str, arguments)]
    return subprocess.run(words, input=typed + "\n", capture_output=True, text=True, check=False)


def opens(path: Path, password: str) -> bool:
    """Say whether OpenSSL opens the PFX with this password."""
    return openssl("pkcs12", "-legacy", "-in", path, "-passin", "stdin", "-noout", typed=password).returncode == 0


def serial_of(path: Path, password: str) -> str:
    """Return the serial of the holder's certificate in a PFX, upper-case hex."""
    pem = openssl("pkcs12", "-legacy", "-in", path, "-passin", "stdin", "-clcerts", "-nokeys", typed=password).stdout
    words = ["openssl", "x509", "-noout", "-serial"]
    return subprocess.run(words, input=pem, capture_output=True, text=True, check=True).stdout.strip().partition("=")[2]


def key_fits(path: Path, password: str) -> bool:
    """Say whether the private key in a PFX is that of its certificate."""
    both = openssl("pkcs12", "-legacy", "-in", path, "-passin", "stdin", "-nodes", "-clcerts", typed=password).stdout
    public = [
        subprocess.run(["openssl", *words], input=both, capture_output=True, text=True, check=False).stdout
        for words in (("pkey", "-pubout"), ("x509", "-noout", "-pubkey"))
    ]
    return public[0] == public[1] != ""
