"""One X.509 certificate's facts, read from its DER (RFC 5280 4.1).

Read here rather than by ``cryptography``, because old Taiwanese certificates break RFC 5280 in ways it refuses or will
refuse (serials of zero or below, Big5 in a TeletexString) and they must still be listed. Nothing here is trusted:
chains and signatures are verified by ``cryptography`` (chain.py).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

from certtray.core.certificate import DN, Certificate, Usage
from certtray.crypto.ber import BIT_STRING, SEQUENCE, SET, Malformed, Node, parse

_ATTRIBUTES: Final = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_KEY_USAGE: Final = "2.5.29.15"
_BASIC_CONSTRAINTS: Final = "2.5.29.19"
_SIGNING_BITS: Final = 0b1100_0000  # digitalSignature, nonRepudiation
_ENCRYPTING_BITS: Final = 0b0011_1000  # keyEncipherment, dataEncipherment, keyAgreement
_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18


def facts(der: bytes) -> Certificate:
    """Return what a certificate says of itself.

    Raises ``Malformed`` where it is cut off or not a certificate. Usage follows 4-26 and 3-04: the signing and the
    encrypting bits of KeyUsage, both where it has both or no such extension.
    """
    outer = parse(der).expect(SEQUENCE)
    fields = outer.children(at_least=3)[0].children(at_least=6)
    if fields[0].tag == 0xA0:  # the version; absent in a version 1 certificate
        fields.pop(0)
    if len(fields) < 6:
        raise Malformed("certificate without all its fields")
    serial, _, issuer, validity, subject, key = fields[:6]
    extensions = _extensions(fields[6:])
    begin, end = validity.children(at_least=2)[:2]
    return Certificate(
        fingerprint=sha256(outer.raw).hexdigest(),
        serial=serial.integer(),
        subject=_name(subject.raw),
        issuer=_name(issuer.raw),
        not_before=_time(begin),
        not_after=_time(end),
        usage=_usage(extensions.get(_KEY_USAGE)),
        key_hash=sha256(key.expect(SEQUENCE).raw).hexdigest(),
        is_ca=_is_ca(extensions.get(_BASIC_CONSTRAINTS)),
    )


def _extensions(fields: list[Node]) -> dict[str, bytes]:
    """Return extension values by OID."""
    for field in fields:
        if field.tag == 0xA3:
            entries = [entry.children(at_least=2) for entry in field.only(0xA3).children()]
            return {entry[0].oid(): entry[-1].string() for entry in entries}
    return {}


def _usage(extension: bytes | None) -> Usage:
    if extension is None:
        return Usage.BOTH
    content = parse(extension).expect(BIT_STRING).content
    bits = content[1] if len(content) > 1 else 0
    signs, encrypts = bits & _SIGNING_BITS, bits & _ENCRYPTING_BITS
    if bool(signs) == bool(encrypts):
        return Usage.BOTH
    return Usage.SIGN if signs else Usage.ENCRYPT


def _is_ca(extension: bytes | None) -> bool:
    if extension is None:
        return False
    flags = parse(extension).children()
    return bool(flags) and flags[0].tag == 0x01 and any(flags[0].content)


@lru_cache(maxsize=64)  # a few issuers certify thousands
def _name(name: bytes) -> DN:
    pairs = []
    for relative in parse(name).children():
        for attribute in relative.children(SET):
            kind, value = attribute.children(at_least=2)[:2]
            oid = kind.oid()
            pairs.append((_ATTRIBUTES.get(oid, oid), _text(value)))
    return tuple(pairs)


def _text(value: Node) -> str:
    """Return a directory string as text, never failing: the tag says the encoding, but not every issuer kept to it."""
    content = value.octets()
    by_tag = {0x1E: "utf-16-be", 0x1C: "utf-32-be"}
    # Printable-, Teletex- and UTF8String all hold ASCII in practice; beyond it they were written as UTF-8 or as Big5.
    for encoding in (by_tag.get(value.tag, "utf-8"), "cp950"):
        with suppress(UnicodeDecodeError):
            return _printable(content.decode(encoding))
    return _printable(content.decode("latin-1"))


def _printable(text: str) -> str:
    """Return text that cannot steer a terminal or break a line."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _time(value: Node) -> datetime:
    """Return a UTCTime or GeneralizedTime (RFC 5280 4.1.2.5), also without seconds or with an offset (X.680 46, 47)."""
    if value.tag not in (_UTC_TIME, _GENERALIZED_TIME):
        raise Malformed("no date")
    try:
        text = value.content.decode("ascii")
        if value.tag == _UTC_TIME:
            text = ("19" if text[:2] >= "50" else "20") + text
        digits, offset = text.rstrip("Z"), timedelta()
        if (sign := digits[-5:-4]) and sign in "+-":
            offset = timedelta(hours=int(digits[-4:-2]), minutes=int(digits[-2:])) * (-1 if sign == "-" else 1)
            digits = digits[:-5]
        digits = digits.partition(".")[0]
        parts = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, len(digits), 2))]
        year, month, day, hour, minute, second = [*parts, 0][:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        raise Malformed("date") from None
