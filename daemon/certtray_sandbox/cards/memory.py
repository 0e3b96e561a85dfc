"""What a card keeps without power, in a file: PIN, PUK, counters, keys, data objects."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from certtray.system.files import write_atomic
from certtray_sandbox.cards.apdu import tlv

PIN, PUK = 0x80, 0x81
"""Key references (SP 800-73-4 part 1, table 4b)."""
CHUID, CAPABILITIES = "5fc102", "5fc107"
RIG_MANAGEMENT_KEY: Final = bytes.fromhex("010203040506070801020304050607080102030405060708")
"""The rig's: what cards of this kind leave the factory with. No product knows it."""
# FASC-N and expiry of SP 800-73's own non-federal example; nobody's.
_FASCN: Final = bytes.fromhex("d4e739da739ced39ce739d836858210842108421c84210c3eb")

CardKey = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass
class Memory:
    """A card's memory; ``save`` after each change, so that a card pulled at any moment has what it said it has."""

    path: Path
    serial: int = 0x00C0FFEE
    tries: int = 3
    pin: bytes = field(default=b"123456\xff\xff", repr=False)
    puk: bytes = field(default=b"12345678", repr=False)
    left: dict[int, int] = field(default_factory=dict)
    """Tries left, by reference."""
    keys: dict[int, tuple[int, CardKey]] = field(default_factory=dict, repr=False)
    """(algorithm, key) by slot (SP 800-78)."""
    objects: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Contents by tag in hex, without the 53 around them."""

    @classmethod
    def new(cls, path: Path, serial: int = 0x00C0FFEE, tries: int = 3) -> Memory:
        """Return a card as it leaves the factory, saved."""
        made = cls(path, serial, tries, left={PIN: tries, PUK: tries})
        guid = b"RIG\0" + os.urandom(8) + serial.to_bytes(4, "big")
        made.objects[CHUID] = (
            tlv("30", _FASCN) + tlv("34", guid) + tlv("35", b"20400101") + tlv("3e", b"") + tlv("fe", b"")
        )
        made.objects[CAPABILITIES] = tlv("f0", bytes.fromhex("a000000116ff02") + os.urandom(14)) + bytes.fromhex(
            "f10121f20121f300f40100f50110f600f700fa00fb00fc00fd00fe00"
        )
        made.save()
        return made

    @classmethod
    def load(cls, path: Path) -> Memory:
        """Return the card kept at ``path``."""
        row = json.loads(path.read_text("utf-8"))
        keys: dict[int, tuple[int, CardKey]] = {}
        for slot, (algorithm, der) in row["keys"].items():
            key = load_der_private_key(bytes.fromhex(der), None)
            assert isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey)  # noqa: S101 - our own file
            keys[int(slot)] = algorithm, key
        return cls(
            path,
            row["serial"],
            row["tries"],
            bytes.fromhex(row["pin"]),
            bytes.fromhex(row["puk"]),
            {int(reference): left for reference, left in row["left"].items()},
            keys,
            {tag: bytes.fromhex(content) for tag, content in row["objects"].items()},
        )

    def save(self) -> None:
        """Write the file, whole or not at all."""
        keys = {
            slot: (algorithm, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()).hex())
            for slot, (algorithm, key) in self.keys.items()
        }
        row = {
            "serial": self.serial,
            "tries": self.tries,
            "pin": self.pin.hex(),
            "puk": self.puk.hex(),
            "left": self.left,
            "keys": keys,
            "objects": {tag: content.hex() for tag, content in self.objects.items()},
        }
        write_atomic(self.path, json.dumps(row).encode())
