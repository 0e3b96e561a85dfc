"""Command APDUs, status words and the little BER-TLV a PIV card speaks (ISO 7816-4, SP 800-73)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class Status(IntEnum):
    """Status words the card answers with (SP 800-73-4 part 2, table 6)."""

    OK = 0x9000
    WRONG = 0x63C0
    """Plus the tries left."""
    NOT_ALLOWED = 0x6982
    BLOCKED = 0x6983
    NO_BUTTON = 0x6985
    BAD_DATA = 0x6A80
    NOT_FOUND = 0x6A82
    BAD_PARAMETERS = 0x6A86
    NO_SUCH_KEY = 0x6A88
    NO_SUCH_COMMAND = 0x6D00
    BROKEN = 0x6F00


class Refused(Exception):
    """The card says no; ``status`` is its status word."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04x}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Command:
    """One command APDU, short or extended; ``expected`` is the longest answer in bytes (0: none)."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(repr=False)
    expected: int

    @property
    def chained(self) -> bool:
        """More of the same command follows (ISO 7816-4, 5.1.1.1)."""
        return bool(self.cla & 0x10)


def read_command(raw: bytes) -> Command:
    """Return the APDU in ``raw``; IndexError where it is cut off."""
    cla, ins, p1, p2 = raw[0], raw[1], raw[2], raw[3]
    body = raw[4:]
    data, expected = b"", 256
    if len(body) == 1:
        expected = body[0] or 256
    elif len(body) >= 3 and body[0] == 0:
        length = int.from_bytes(body[1:3], "big")
        if len(body) == 3:
            expected = length or 65536
        else:
            data, expected = body[3 : 3 + length], 65536
    elif body:
        data, tail = body[1 : 1 + body[0]], body[1 + body[0] :]
        expected = (tail[0] or 256) if tail else 256
    return Command(cla, ins, p1, p2, data, expected)


def tlv(tag: str, value: bytes) -> bytes:
    """Return one BER-TLV; ``tag`` in hex."""
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    elif size < 0x100:
        length = bytes([0x81, size])
    else:
        length = bytes([0x82, size >> 8, size & 0xFF])
    return bytes.fromhex(tag) + length + value


def read_tlv(raw: bytes) -> dict[int, bytes]:
    """Return the values of one level by tag; IndexError where it is cut off."""
    found, at = {}, 0
    while at < len(raw):
        tag = raw[at]
        at += 1
        if tag & 0x1F == 0x1F:
            tag = tag << 8 | raw[at]
            at += 1
        size = raw[at]
        at += 1
        if size & 0x80:
            width = size & 0x7F
            size = int.from_bytes(raw[at : at + width], "big")
            at += width
        found[tag] = raw[at : at + size]
        at += size
    return found
