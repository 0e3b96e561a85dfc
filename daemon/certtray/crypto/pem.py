"""PEM files (RFC 7468): certificates, PKCS#7 bundles and the presence of private keys, which are never decoded."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from typing import Final

from certtray.core.certificate import Certificate
from certtray.crypto.ber import Malformed, parse
from certtray.crypto.content import FileContent, holdings, likely_owners
from certtray.crypto.der import facts
from certtray.crypto.p7b import certificates_of

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "
_DASHES: Final = b"-----"
_CERTIFICATES: Final = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}
_BUNDLES: Final = {"PKCS7", "CMS", "PKCS #7 SIGNED DATA"}


def read_pem(text: bytes) -> FileContent | None:
    """Return the certificates of a PEM file, or None where it holds none; raise ``Malformed``."""
    certificates: list[tuple[Certificate, bytes]] = []
    keys = 0
    for label, body in blocks(text):
        if label in _CERTIFICATES:
            der = parse(decode_base64(body)).raw  # OpenSSL's TRUSTED form has more after the certificate
            certificates.append((facts(der), der))
        elif label in _BUNDLES:
            certificates += [(facts(der), der) for der in certificates_of(parse(decode_base64(body)))]
        elif label.endswith("PRIVATE KEY"):
            keys += 1
    if not certificates:
        return None
    owners = likely_owners([certificate for certificate, _ in certificates], keys)
    return FileContent("pem", holdings(certificates, owners))


def blocks(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (label, base64 lines) of each block; raise ``Malformed`` where one does not end."""
    at = text.find(_BEGIN)
    while at >= 0:
        label_end = text.find(_DASHES, at + len(_BEGIN))
        label = text[at + len(_BEGIN) : label_end]
        if label_end < 0 or len(label) > 64:
            raise Malformed("PEM header")
        body = label_end + len(_DASHES)
        end = text.find(_END + label + _DASHES, body)
        if end < 0:
            raise Malformed(f"PEM block {label.decode('ascii', 'replace')} without its end")
        yield label.decode("ascii", "replace"), text[body:end]
        at = text.find(_BEGIN, end)


def decode_base64(body: bytes) -> bytes:
    """Return the octets of base64 lines; raise ``Malformed``."""
    try:
        return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except binascii.Error:
        raise Malformed("base64") from None
