"""Certificates out of a certs-only PKCS#7: what an issuer answers, and what a .p7b file is (RFC 5652 5.1)."""

from __future__ import annotations

import binascii
import re
from typing import Final

from asn1crypto import cms

from certtray.core.errors import DamagedFile

PEM: Final = re.compile(rb"-----BEGIN (PKCS7|CMS)-----\s(.*?)-----END \1-----", re.DOTALL)


def certificates_in(data: bytes, path: str) -> list[bytes]:
    """Return the DER certificates of a SignedData in DER, BER or PEM, in the order they are stored.

    The order says nothing: DER sorts them. Raises ``DamagedFile`` with ``path`` for anything else.
    """
    try:
        content = cms.ContentInfo.load(_der(data), strict=True)
        if content["content_type"].native != "signed_data":
            raise ValueError("not a SignedData")
        choices = content["content"]["certificates"]
        found = [choice.chosen.dump() for choice in choices if choice.name == "certificate"]
        if not found:
            raise ValueError("no certificate in it")
    # asn1crypto answers damage with whichever of these the bytes led it into
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise DamagedFile(path=path, reason="not a PKCS#7 with certificates") from error
    return found


def _der(data: bytes) -> bytes:
    """Return the bytes inside PEM armour, or ``data`` where there is none."""
    armoured = PEM.search(data)
    return binascii.a2b_base64(armoured[2]) if armoured else data
