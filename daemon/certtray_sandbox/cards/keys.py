"""The card's keys: made in it, used in it, never out of it (SP 800-73-4 part 2, 3.2.4 and 3.3.2; SP 800-78-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certtray_sandbox.cards.apdu import Command, Refused, Status, read_tlv, tlv
from certtray_sandbox.cards.button import Button
from certtray_sandbox.cards.memory import CardKey, Memory
from certtray_sandbox.cards.pins import Pins

RSA_BITS: Final = {0x06: 1024, 0x07: 2048}
CURVES: Final[dict[int, type[ec.EllipticCurve]]] = {0x11: ec.SECP256R1, 0x14: ec.SECP384R1}
HASHES: Final = {20: hashes.SHA1(), 32: hashes.SHA256(), 48: hashes.SHA384(), 64: hashes.SHA512()}  # noqa: S303
SIGNATURE, CARD_AUTHENTICATION = 0x9C, 0x9E
RETIRED: Final = range(0x82, 0x96)
"""References of the twenty retired keys: used as those for key management, in no set order."""
SLOTS: Final = {
    0x9A: "5fc105",
    0x9C: "5fc10a",
    0x9D: "5fc10b",
    0x9E: "5fc101",
    **{reference: f"5fc1{at:02x}" for at, reference in enumerate(RETIRED, start=0x0D)},
}
"""Where each key's certificate lies, by its reference (SP 800-73-4 part 1, tables 3 and 4b)."""


@dataclass
class Keys:
    """Uses of the keys in ``memory``."""

    memory: Memory
    pins: Pins
    button: Button

    def generate(self, slot: int, template: bytes) -> bytes:
        """GENERATE ASYMMETRIC KEY PAIR: make a key in ``slot`` and return its public half."""
        algorithm = read_tlv(read_tlv(template)[0xAC])[0x80][0]
        if slot not in SLOTS or algorithm not in {**RSA_BITS, **CURVES}:
            raise Refused(Status.BAD_DATA)
        self.button.confirm()
        key: CardKey
        if algorithm in RSA_BITS:
            key = rsa.generate_private_key(65537, RSA_BITS[algorithm])
        else:
            key = ec.generate_private_key(CURVES[algorithm]())
        self.memory.keys[slot] = algorithm, key
        self.memory.save()
        return tlv("7f49", public_half(key))

    def use(self, command: Command) -> bytes:
        """GENERAL AUTHENTICATE with a key: sign, decrypt or agree."""
        asked = read_tlv(read_tlv(command.data)[0x7C])
        if command.p2 not in self.memory.keys:
            raise Refused(Status.BAD_DATA)
        allowed = self.pins.fresh if command.p2 == SIGNATURE else self.pins.verified
        if not allowed and command.p2 != CARD_AUTHENTICATION:
            raise Refused(Status.NOT_ALLOWED)
        self.pins.fresh = False
        algorithm, key = self.memory.keys[command.p2]
        if command.p1 != algorithm:
            raise Refused(Status.BAD_PARAMETERS)
        self.button.confirm()
        return tlv("7c", tlv("82", _used(key, asked)))


def public_half(key: CardKey) -> bytes:
    """Return the public key as GENERATE answers it."""
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return tlv("81", numbers.n.to_bytes(key.key_size // 8, "big")) + tlv("82", numbers.e.to_bytes(3, "big"))
    return tlv("86", key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _used(key: CardKey, asked: dict[int, bytes]) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        value = int.from_bytes(asked[0x81], "big")
        # A card does the bare operation; padding is the computer's. The remainder theorem makes it four times as fast.
        first, second = pow(value, numbers.dmp1, numbers.p), pow(value, numbers.dmq1, numbers.q)
        result = second + numbers.q * ((first - second) * numbers.iqmp % numbers.p)
        return result.to_bytes(key.key_size // 8, "big")
    if 0x85 in asked:
        return key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(key.curve, asked[0x85]))
    return key.sign(asked[0x81], ec.ECDSA(Prehashed(HASHES[len(asked[0x81])])))
