"""The byte forms of a password that the PFX standards and the programs before them use."""

from __future__ import annotations

from collections.abc import Iterator

from certtray.core.secret import Secret

EMPTY = Secret("")


def bmp_forms(password: Secret) -> Iterator[bytes]:
    """Yield the forms for the PKCS#12 key derivation (RFC 7292 B.1): UTF-16BE ending in two zero octets.

    An empty password is written as the terminator alone or as nothing at all. OpenSSL before 1.1 widened each UTF-8
    octet instead of each character.
    """
    text = password.reveal()
    yield text.encode("utf-16-be", "surrogatepass") + b"\0\0"
    if not text:
        yield b""
    elif not text.isascii():
        yield b"".join(bytes([0, octet]) for octet in text.encode("utf-8", "surrogatepass")) + b"\0\0"


def plain_forms(password: Secret) -> Iterator[bytes]:
    """Yield the forms for PBES2 and PBMAC1: UTF-8 (RFC 8018 3); some older programs kept the UTF-16 form."""
    text = password.reveal()
    yield text.encode("utf-8", "surrogatepass")
    if not text.isascii():
        yield text.encode("utf-16-be", "surrogatepass") + b"\0\0"
