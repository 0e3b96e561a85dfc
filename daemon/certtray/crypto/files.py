"""The certificates of any certificate file: PFX, PEM, DER or PKCS#7, told apart by what is inside, not by the name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from certtray.core.errors import DamagedFile, FileTooLarge, NotACertificateFile, UnsupportedAlgorithm
from certtray.core.secret import Secret
from certtray.crypto.ber import INTEGER, OID, SEQUENCE, Malformed, header, parse
from certtray.crypto.content import FileContent, holdings
from certtray.crypto.der import facts
from certtray.crypto.p7b import certificates_of
from certtray.crypto.pbe import Unsupported
from certtray.crypto.pem import decode_base64, read_pem
from certtray.crypto.pfx_read import read_pfx

MAX_SIZE: Final = 4 * 1024 * 1024
"""Octets; a bundle of every public root is a quarter of a megabyte."""

_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_BASE64_START: Final = b"MI"  # what 0x30 0x8?, a DER sequence longer than 127 octets, becomes


def read_certificates(data: bytes, path: str, passwords: Sequence[Secret] = ()) -> FileContent:
    """Return every certificate of a file's bytes; private keys are neither decrypted nor checked.

    ``path`` only names the file in errors. ``passwords`` are tried in order, then the empty and the absent one.
    Raises ``FileTooLarge``, ``NotACertificateFile``, ``DamagedFile``, ``UnsupportedAlgorithm``, ``PasswordNeeded``
    (none given; facts also ``encryption``, ``mac``, ``keys``) and ``WrongPassword`` (the MAC fails under each of those
    given; without a MAC: none of them decrypts it).
    """
    if len(data) > MAX_SIZE:
        raise FileTooLarge(path=path, size=len(data), limit=MAX_SIZE)
    with named_errors(path):
        content = _read(data, path, passwords)
    if content is None or not (content.holdings or content.kind == "pfx"):
        raise NotACertificateFile(path=path)
    return content


@contextmanager
def named_errors(path: str) -> Iterator[None]:
    """Turn what the parsers of this room raise into errors that name the file."""
    try:
        yield
    except Unsupported as error:
        raise UnsupportedAlgorithm(path=path, algorithm=str(error)) from None
    except Malformed as error:
        raise DamagedFile(path=path, reason=str(error)) from None


def _read(data: bytes, path: str, passwords: Sequence[Secret]) -> FileContent | None:
    kind = kind_of(data)
    if kind == "pfx":
        return read_pfx(data, path, passwords)
    if kind == "p7b":
        bundled = [(facts(der), der) for der in certificates_of(parse(data))]
        return FileContent("p7b", holdings(bundled, ()))
    if kind == "der":
        der = parse(data).raw
        return FileContent("der", holdings([(facts(der), der)], ()))
    text = _text(data)
    if b"-----BEGIN " in text:
        return read_pem(text)
    bare = text.strip()
    if bare.startswith(_BASE64_START):  # some issuers' download pages hand out base64 without the PEM lines
        try:
            inside = decode_base64(bare)
        except Malformed:
            return None
        return _read(inside, path, passwords) if kind_of(inside) else None
    return None


def kind_of(data: bytes) -> str | None:
    """Return "pfx", "p7b" or "der" from the first octets, which a file cut off later still has; None for the rest."""
    try:
        tag, _, inside = header(data)
        first, _, below = header(data, inside)
        if tag != SEQUENCE:
            return None
        if data[inside : inside + 3] == b"\x02\x01\x03":
            return "pfx"
        if first == OID:
            return "p7b" if data[inside:].startswith(_SIGNED_DATA) else None
        # A certificate: its first field is the version or, in version 1, the serial number and then the algorithm.
        version, length, after = header(data, below)
        if first != SEQUENCE or version not in (0xA0, INTEGER) or length is None:
            return None
        if version == 0xA0:
            return "der" if data[after : after + 2] == b"\x02\x01" else None
        algorithm, _, inside = header(data, after + length)  # in a request the subject stands here, a SET first
        return "der" if algorithm == SEQUENCE and header(data, inside)[0] == OID else None
    except Malformed:
        return None


def _text(data: bytes) -> bytes:
    """Return text as ASCII-compatible octets: Windows editors save PEM as UTF-16 or with a byte order mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")
