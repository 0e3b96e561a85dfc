"""A small reader of BER and writer of DER (ITU-T X.690), enough for certificate files.

Certificate files come from many programs and from hostile hands: NSS writes indefinite lengths and constructed strings,
and nesting or element counts made to exhaust a reader must end in ``Malformed`` at once. Both limits are far above
what real files hold.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

MAX_DEPTH: Final = 32
MAX_ELEMENTS: Final = 20_000
MAX_INTEGER: Final = 64  # octets; RFC 5280 allows serial numbers of 20, and Python refuses to print thousands of digits

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OID: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31
_CONSTRUCTED: Final = 0x20
_END_OF_CONTENTS: Final = (0, 0)


class Malformed(ValueError):
    """These bytes are not the structure they should be; the text says what was expected."""


class Node(NamedTuple):
    """One element: its identifier octet, its contents, and all of it as found."""

    tag: int
    content: bytes
    raw: bytes

    def inside(self) -> list[Node]:
        """Return the elements inside, in order; raise ``Malformed`` past ``MAX_ELEMENTS``."""
        at, content, found = 0, self.content, []
        size = len(content)
        while at < size:
            node, at = _element(content, at)
            found.append(node)
            if len(found) > MAX_ELEMENTS:
                raise Malformed("too many elements")
        return found

    def children(self, tag: int = SEQUENCE, at_least: int = 0) -> list[Node]:
        """Return the elements inside; raise ``Malformed`` unless this is a ``tag`` with ``at_least`` of them."""
        found = self.expect(tag).inside()
        if len(found) < at_least:
            raise Malformed(f"{len(found)} elements, not {at_least}")
        return found

    def expect(self, tag: int) -> Node:
        """Return this node; raise ``Malformed`` unless it has this tag."""
        if self.tag != tag:
            raise Malformed(f"tag {self.tag:#04x}, not {tag:#04x}")
        return self

    def only(self, tag: int) -> Node:
        """Return the first element inside this explicitly tagged node, such as ``[0] EXPLICIT``."""
        return self.children(tag, 1)[0]

    def octets(self, depth: int = 0) -> bytes:
        """Return a string's octets, whether primitive or constructed of pieces (X.690 8.7.3)."""
        if not self.tag & _CONSTRUCTED:
            return self.content
        if depth > MAX_DEPTH:
            raise Malformed("nested too deeply")
        return b"".join(piece.octets(depth + 1) for piece in self.inside())

    def string(self) -> bytes:
        """Return the octets of an OCTET STRING; raise ``Malformed`` for anything else."""
        if self.tag & ~_CONSTRUCTED != OCTET_STRING:
            raise Malformed(f"tag {self.tag:#04x}, not an octet string")
        return self.octets()

    def integer(self) -> int:
        """Return an INTEGER's value, which may be negative."""
        content = self.expect(INTEGER).content
        if not 0 < len(content) <= MAX_INTEGER:
            raise Malformed("integer")
        return int.from_bytes(content, "big", signed=True)

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER in dotted form."""
        return _dotted(self.expect(OID).content)


def parse(data: bytes) -> Node:
    """Return the first element of ``data``; bytes after it are ignored, as every program does with files."""
    return _element(data, 0)[0]


def parse_whole(data: bytes) -> Node:
    """Return the element that ``data`` is; raise ``Malformed`` where anything follows it."""
    node, end = _element(data, 0)
    if end != len(data):
        raise Malformed("bytes after the end")
    return node


def _element(data: bytes, at: int) -> tuple[Node, int]:
    """Return the element at ``at`` and where it ends."""
    tag, length, body = header(data, at)
    if length is None:
        end = _end_of_contents(data, body)
        return Node(tag, data[body : end - 2], data[at:end]), end
    end = body + length
    if end > len(data):
        raise Malformed("cut off")
    return Node(tag, data[body:end], data[at:end]), end


def header(data: bytes, at: int = 0) -> tuple[int, int | None, int]:
    """Return (tag, length or None for indefinite, where the contents start) of the element at ``at``."""
    try:
        tag, first = data[at], data[at + 1]
    except IndexError:
        raise Malformed("cut off") from None
    if tag & 0x1F == 0x1F:
        raise Malformed("long tag")  # nothing in a certificate file has one
    at += 2
    if first < 0x80:
        return tag, first, at
    if first == 0x80:
        if not tag & _CONSTRUCTED:
            raise Malformed("indefinite length of a primitive")
        return tag, None, at
    size = first & 0x7F
    if size > 4 or at + size > len(data):
        raise Malformed("length")
    return tag, int.from_bytes(data[at : at + size], "big"), at + size


def _end_of_contents(data: bytes, at: int) -> int:
    """Return the offset behind the end-of-contents octets that match an indefinite length opened before ``at``."""
    open_lengths = 1
    for _ in range(MAX_ELEMENTS):
        tag, length, body = header(data, at)
        if (tag, length) == _END_OF_CONTENTS:
            open_lengths -= 1
            at = body
            if not open_lengths:
                return at
        elif length is None:
            open_lengths += 1
            at = body
            if open_lengths > MAX_DEPTH:
                raise Malformed("nested too deeply")
        else:
            at = body + length
    raise Malformed("too many elements")


@lru_cache(maxsize=512)
def _dotted(content: bytes) -> str:
    if not content or content[-1] & 0x80 or len(content) > 64:
        raise Malformed("object identifier")
    arcs, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def wrap(tag: int, *parts: bytes) -> bytes:
    """Return the DER element ``tag`` around ``parts``."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def write_integer(value: int) -> bytes:
    """Return the DER of a non-negative INTEGER."""
    return wrap(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


@lru_cache(maxsize=128)
def write_oid(dotted: str) -> bytes:
    """Return the DER of an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in [40 * first + second, *rest]:
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        content += bytes(reversed(septets))
    return wrap(OID, content)
