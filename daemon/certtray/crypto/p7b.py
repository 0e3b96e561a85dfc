"""Certificates of a PKCS#7 bundle: SignedData without a signature (RFC 5652 5.1), as Windows exports ``.p7b``."""

from __future__ import annotations

from certtray.crypto.ber import SEQUENCE, Malformed, Node
from certtray.crypto.container import SIGNED_DATA


def certificates_of(bundle: Node) -> list[bytes]:
    """Return the DER of every X.509 certificate of a ContentInfo; raise ``Malformed`` where it is no SignedData."""
    kind, content = bundle.children(at_least=2)[:2]
    if kind.oid() != SIGNED_DATA:
        raise Malformed("not a certificate bundle")
    for field in content.only(0xA0).children(at_least=3)[3:]:
        if field.tag == 0xA0:  # certificates; other choices of CertificateSet carry a tag of their own
            return [node.raw for node in field.inside() if node.tag == SEQUENCE]
    return []
