"""macOS' ``security`` tool: the certificates of a keychain listed, added and deleted; never run on macOS.

No secret in an argument. Listing and deleting need none. ``import`` takes the passphrase of a PFX only as ``-P``, which its usage
calls insecure, but ``security -i`` reads whole commands from standard input: the line goes through a pipe, and the PFX lies
encrypted under a passphrase of that one call in a folder of ours. ``export`` cannot single out one identity, so a key leaves
through ``keychain_export.py``. Source: security(1) and the usage texts in Apple's open SecurityTool.
"""

from __future__ import annotations

import re
import subprocess
from hashlib import sha1
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from certtray.core.secret import Secret
from certtray.crypto.ber import Malformed
from certtray.crypto.pem import blocks, decode_base64

PROGRAM: Final = Path("/usr/bin/security")
SECONDS: Final = 300.0
"""How long a command may take: the system may be asking the person in a window of its own."""

_IDENTITY: Final = re.compile(r"^\s*\d+\) ([0-9A-F]{40})\b", re.MULTILINE)


class KeychainFailure(Exception):
    """The system did not do it: ``status`` is its OSStatus where it told one (else 0), ``said`` its words."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status} {said}")
        self.status, self.said = status, said


class SecurityTool:
    """The commands; each raises KeychainFailure, and FileNotFoundError where there is no such tool."""

    def __init__(self, program: Path = PROGRAM) -> None:
        self._program = program

    def certificates(self, keychain: Path | None) -> list[bytes]:
        """Return the DER of every certificate in ``keychain``, or in all that are searched (None)."""
        try:
            pem = self._run("find-certificate", "-a", "-p", *_named(keychain))
        except KeychainFailure as failure:
            if _NONE_FOUND in failure.said:
                return []
            raise
        try:
            return [decode_base64(body) for label, body in blocks(pem) if label == "CERTIFICATE"]
        except Malformed as error:
            raise KeychainFailure(0, str(error)) from None

    def with_keys(self, keychain: Path) -> set[str]:
        """Return the SHA-1 (upper-case hex) of each certificate whose private key lies in ``keychain``.

        Under the policy ``basic``, which refuses no purpose: a key is there whatever its certificate is for, expired or not.
        """
        listed = self._run("find-identity", "-p", "basic", *_named(keychain))
        return set(_IDENTITY.findall(listed.decode("utf-8", "replace")))

    def add_pair(self, keychain: Path, pfx: bytes, passphrase: Secret, *, exportable: bool) -> None:
        """Add a certificate with its key, which no program may use before the person has allowed it.

        Without ``-T ""`` the tool itself would be trusted, and with it every program that can run it.
        """
        with TemporaryDirectory(prefix="certtray-") as folder:
            path = Path(folder) / "pair.p12"
            path.write_bytes(pfx)
            words = ["import", str(path), "-k", str(keychain), "-f", "pkcs12", "-P", passphrase.reveal(), "-T", ""]
            line = " ".join(_quoted(word) for word in (words if exportable else [*words, "-x"]))
            self._run("-i", stdin=line.encode() + b"\n")

    def add(self, keychain: Path, der: bytes) -> None:
        """Add a certificate alone; trust is not changed."""
        with TemporaryDirectory(prefix="certtray-") as folder:
            path = Path(folder) / "certificate.cer"
            path.write_bytes(der)
            self._run("add-certificates", "-k", str(keychain), str(path))

    def delete(self, keychain: Path, der: bytes, *, with_key: bool) -> None:
        """Delete one certificate, and its private key ``with_key``."""
        command = "delete-identity" if with_key else "delete-certificate"
        self._run(command, "-Z", sha1(der, usedforsecurity=False).hexdigest().upper(), str(keychain))

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - the system's own tool
                [self._program, *arguments], input=stdin, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise KeychainFailure(0, "time") from None
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").splitlines()
            said = [line for line in lines if line.strip() and not _RETURNED.search(line)]
            raise KeychainFailure(0, said[-1].removeprefix("security: ").strip() if said else str(done.returncode))
        return done.stdout


_NONE_FOUND: Final = "could not be found in the keychain"
_RETURNED: Final = re.compile(r": returned -?\d+$")
"""What the interactive mode adds to a command's own words."""


def _named(keychain: Path | None) -> list[str]:
    return [str(keychain)] if keychain else []


def _quoted(word: str) -> str:
    """Quote a word for the interactive mode, which knows double quotes and the backslash."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
