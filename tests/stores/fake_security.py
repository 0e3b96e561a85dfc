"""Stands in for macOS' ``security`` tool: the commands the product uses, as security(1) and Apple's open source describe them.

The tool is a program of its own that hands what it was given to this process and says what it is told: starting quickly matters to
a suite that starts hundreds.
"""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, pkcs12

EXISTS = "The specified item already exists in the keychain."


class Refused(Exception):
    """What the tool says on standard error."""


def public(der: bytes) -> bytes:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass
class Key:
    """A private key in a keychain."""

    pkcs8: bytes
    extractable: bool = True


@dataclass
class Keychain:
    """Certificates in order, and keys by their public key."""

    certificates: list[bytes] = field(default_factory=list)
    keys: dict[bytes, Key] = field(default_factory=dict)


@dataclass
class Tool:
    """What the tool works on, and what it was given."""

    keychains: dict[str, Keychain] = field(default_factory=dict)
    fails: dict[str, str] = field(default_factory=dict)
    """Commands that fail, and with which words."""
    loses: set[str] = field(default_factory=set)
    """Commands that do nothing and say yes."""
    arguments: list[list[str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def chains(self, paths: list[str]) -> list[Keychain]:
        for path in paths:
            if path not in self.keychains:
                raise Refused("SecKeychainOpen: The specified keychain could not be found.")
        return [self.keychains[path] for path in paths or self.keychains]

    def find_certificate(self, words: list[str]) -> str:
        assert words[:2] == ["-a", "-p"]
        found = [der for chain in self.chains(words[2:]) for der in chain.certificates]
        if not found:
            raise Refused("SecKeychainSearchCopyNext: The specified item could not be found in the keychain.")
        return "".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode() for der in found)

    def find_identity(self, words: list[str]) -> str:
        assert words[:2] == ["-p", "basic"]
        (chain,) = self.chains(words[2:])
        found = [der for der in chain.certificates if public(der) in chain.keys]
        lines = ["", "Policy: X.509 Basic", "  Matching identities"]
        for number, der in enumerate(found, 1):
            lines.append(f'{number:3}) {digest(der)} "某人 {number}" (CSSMERR_TP_CERT_EXPIRED)')
        lines += [f"     {len(found)} identities found", "", "  Valid identities only", "     0 valid identities found"]
        return "\n".join(lines) + "\n"

    def add_certificates(self, words: list[str]) -> str:
        assert words[0] == "-k"
        (chain,) = self.chains([words[1]])
        der = Path(words[2]).read_bytes()
        if der in chain.certificates:
            raise Refused(f"SecKeychainAddCertificates: {EXISTS}")
        chain.certificates.append(der)
        return ""

    def imported(self, words: list[str]) -> str:
        path, options = Path(words[0]), words[1:]
        assert not path.parent.stat().st_mode & 0o077
        assert options[0:8:2] == ["-k", "-f", "-P", "-T"]
        assert (options[3], options[7]) == ("pkcs12", "")
        (chain,) = self.chains([options[1]])
        try:
            pfx = pkcs12.load_pkcs12(path.read_bytes(), options[5].encode())
        except ValueError:
            raise Refused("SecKeychainItemImport: MAC verification failed during PKCS12 import") from None
        assert pfx.cert is not None
        assert pfx.key is not None
        der = pfx.cert.certificate.public_bytes(Encoding.DER)
        if der in chain.certificates or public(der) in chain.keys:
            raise Refused(f"SecKeychainItemImport: {EXISTS}")
        clear = pfx.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        chain.certificates.append(der)
        chain.keys[public(der)] = Key(clear, "-x" not in options)
        return "1 identity imported.\n"

    def delete(self, words: list[str], *, with_key: bool) -> str:
        assert words[0] == "-Z"
        (chain,) = self.chains(words[2:])
        for der in chain.certificates:
            if digest(der) == words[1]:
                chain.certificates.remove(der)
                if with_key:
                    chain.keys.pop(public(der), None)
                return ""
        raise Refused(f'Unable to delete certificate matching "{words[1]}"')

    def run(self, command: str, words: list[str]) -> tuple[int, str, str]:
        commands: dict[str, Callable[[list[str]], str]] = {
            "find-certificate": self.find_certificate,
            "find-identity": self.find_identity,
            "add-certificates": self.add_certificates,
            "import": self.imported,
            "delete-certificate": lambda words: self.delete(words, with_key=False),
            "delete-identity": lambda words: self.delete(words, with_key=True),
        }
        try:
            if command in self.fails:
                raise Refused(self.fails[command])
            return 0, "" if command in self.loses else commands[command](words), ""
        except Refused as refused:
            return 1, "", f"security: {refused}\n"

    def started(self, words: list[str], stdin: str) -> tuple[int, str, str]:
        """Do what one start of the tool does: a command, or with ``-i`` each line of its input."""
        self.arguments.append(words)
        if words != ["-i"]:
            return self.run(words[0], words[1:])
        status, out, errors = 0, "", ""
        for line in stdin.splitlines():
            self.lines.append(line)
            command, *rest = shlex.split(line)
            status, more, said = self.run(command, rest)
            out, errors = out + more, errors + said + (f"{command}: returned {status}\n" if status else "")
        return status, out, errors

    @contextmanager
    def installed(self, folder: Path) -> Iterator[Path]:
        """Give the program's path while this process answers for it."""
        program, asked, answered = (folder / name for name in ("security", "asked", "answered"))
        program.write_text(_PROGRAM.format(folder=shlex.quote(str(folder))), "utf-8")
        program.chmod(0o700)
        for pipe in (asked, answered):
            os.mkfifo(pipe, 0o600)
        thread = threading.Thread(target=self._answer, args=(folder, asked, answered))
        thread.start()
        try:
            yield program
        finally:
            asked.write_bytes(b"")  # nothing was asked: the end
            thread.join()

    def _answer(self, folder: Path, asked: Path, answered: Path) -> None:
        while given := asked.read_bytes():
            words, _, stdin = given.decode().partition("\1")
            status, out, errors = self.started(words.split("\0")[:-1], stdin)
            (folder / "out").write_text(out, "utf-8")
            (folder / "errors").write_text(errors, "utf-8")
            answered.write_text(f"{status}\n", "utf-8")


_PROGRAM = r"""#!/bin/sh
cd {folder}
{{ printf '%s\000' "$@"; printf '\001'; [ "$1" != -i ] || cat; }} > asked
read -r status < answered
cat out
cat errors >&2
exit "$status"
"""


def digest(der: bytes) -> str:
    return sha1(der, usedforsecurity=False).hexdigest().upper()
