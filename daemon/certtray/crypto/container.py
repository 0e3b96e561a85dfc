"""The structure of a PFX (RFC 7292 4): safes, clear or encrypted, and the bags inside. Nothing is decrypted here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from certtray.crypto.ber import (
    MAX_DEPTH,
    OCTET_STRING,
    SEQUENCE,
    SET,
    Malformed,
    Node,
    parse,
    wrap,
    write_integer,
    write_oid,
)
from certtray.crypto.mac import Mac, read_mac
from certtray.crypto.pbe import MAX_ROUNDS, Scheme, Unsupported, scheme

DATA: Final = "1.2.840.113549.1.7.1"
SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_ENVELOPED_DATA: Final = "1.2.840.113549.1.7.3"
ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"

KEY_BAG: Final = "1.2.840.113549.1.12.10.1.1"
SHROUDED_KEY_BAG: Final = "1.2.840.113549.1.12.10.1.2"
CERTIFICATE_BAG: Final = "1.2.840.113549.1.12.10.1.3"
_SAFE_BAG: Final = "1.2.840.113549.1.12.10.1.6"
X509_CERTIFICATE: Final = "1.2.840.113549.1.9.22.1"
FRIENDLY_NAME: Final = "1.2.840.113549.1.9.20"
LOCAL_KEY_ID: Final = "1.2.840.113549.1.9.21"


@dataclass(frozen=True, slots=True)
class Bag:
    """One item of a safe: its kind (OID), its value, and its attributes by OID (the first value of each)."""

    kind: str
    value: Node
    attributes: dict[str, Node]
    raw_attributes: bytes
    """The DER of the attribute set, or nothing: what is rewritten keeps every attribute."""

    @property
    def is_key(self) -> bool:
        """Whether it holds a private key, encrypted or not."""
        return self.kind in (KEY_BAG, SHROUDED_KEY_BAG)

    @property
    def local_key_id(self) -> bytes | None:
        """The attribute that ties a key to its certificate."""
        node = self.attributes.get(LOCAL_KEY_ID)
        return None if node is None else node.octets()

    @property
    def friendly_name(self) -> str | None:
        """The name people see, a BMPString."""
        node = self.attributes.get(FRIENDLY_NAME)
        return None if node is None else node.octets().decode("utf-16-be", "replace")

    @property
    def certificate(self) -> bytes | None:
        """The DER of an X.509 certificate, or None for any other bag."""
        if self.kind != CERTIFICATE_BAG:
            return None
        kind, value = self.value.children(at_least=2)[:2]
        return parse(value.only(0xA0).string()).raw if kind.oid() == X509_CERTIFICATE else None


@dataclass(frozen=True, slots=True)
class Safe:
    """One safe: encrypted under ``scheme``, or clear where that is None."""

    content_info: bytes
    content: bytes
    """SafeContents, or their ciphertext."""
    scheme: Scheme | None


@dataclass(frozen=True, slots=True)
class Container:
    """A PFX taken apart. ``mac_data`` is read on demand: an unknown MAC does not hide the dates."""

    content: bytes
    """What the MAC covers."""
    safes: tuple[Safe, ...]
    mac_data: Node | None

    @property
    def mac(self) -> Mac | None:
        """The integrity check, if any; raises ``Unsupported`` or ``Malformed``."""
        return None if self.mac_data is None else read_mac(self.mac_data)


def read_container(data: bytes) -> Container:
    """Take a PFX apart; raise ``Malformed`` or ``Unsupported`` (public-key modes, unknown schemes)."""
    version, auth_safe, *rest = parse(data).children(at_least=2)
    if version.integer() != 3:
        raise Malformed("PFX version")
    kind, content = _content_info(auth_safe)
    if kind != DATA:
        raise Unsupported("PFX signed with a public key")
    authenticated = content.string()
    safes = tuple(_safe(node) for node in parse(authenticated).children())
    if (rounds := sum(safe.scheme.rounds for safe in safes if safe.scheme)) > MAX_ROUNDS:
        raise Unsupported(f"{rounds} rounds in all")  # each safe may be within the limit and a thousand of them hang us
    return Container(authenticated, safes, rest[0] if rest else None)


def _content_info(node: Node) -> tuple[str, Node]:
    kind, content = node.children(at_least=2)[:2]
    return kind.oid(), content.only(0xA0)


def _safe(node: Node) -> Safe:
    kind, content = _content_info(node)
    if kind == DATA:
        return Safe(node.raw, content.string(), None)
    if kind == _ENVELOPED_DATA:
        raise Unsupported("PFX encrypted to a public key")
    if kind != ENCRYPTED_DATA:
        raise Malformed("unknown kind of safe")
    _, algorithm, *ciphertext = content.children(at_least=2)[1].children(at_least=2)
    if not ciphertext or ciphertext[0].tag & 0x9F != 0x80:  # [0] IMPLICIT OCTET STRING, primitive or in pieces
        raise Malformed("encrypted safe without contents")
    return Safe(node.raw, ciphertext[0].octets(), scheme(algorithm))


def read_bags(safe_contents: bytes, depth: int = 0) -> Iterator[Bag]:
    """Yield the bags of clear SafeContents, those of nested safes too."""
    if depth > MAX_DEPTH:
        raise Malformed("nested too deeply")
    for node in parse(safe_contents).children():
        kind, value, *attributes = node.children(at_least=2)
        if kind.oid() == _SAFE_BAG:
            yield from read_bags(value.only(0xA0).raw, depth + 1)
        else:
            found = _attributes(attributes[0]) if attributes else {}
            yield Bag(kind.oid(), value.only(0xA0), found, attributes[0].raw if attributes else b"")


def _attributes(node: Node) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for attribute in node.children(SET):
        kind, values = attribute.children(at_least=2)[:2]
        if inside := values.expect(SET).inside():
            found.setdefault(kind.oid(), inside[0])
    return found


def write_content_info(kind: str, content: bytes) -> bytes:
    """Return the DER of a ContentInfo around ``content`` (itself DER)."""
    return wrap(SEQUENCE, write_oid(kind), wrap(0xA0, content))


def write_container(content_infos: list[bytes], mac_data: bytes = b"") -> bytes:
    """Return the DER of a PFX of these safes; ``mac_data`` covers ``write_authenticated(content_infos)``."""
    authenticated = wrap(OCTET_STRING, write_authenticated(content_infos))
    return wrap(SEQUENCE, write_integer(3), write_content_info(DATA, authenticated), mac_data)


def write_authenticated(content_infos: list[bytes]) -> bytes:
    """Return the DER of an AuthenticatedSafe, which the MAC covers."""
    return wrap(SEQUENCE, *content_infos)
