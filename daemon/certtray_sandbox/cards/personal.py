"""Putting keys and certificates on a virtual card, as its issuer does before handing it out."""

from __future__ import annotations

from typing import Final

from certtray_sandbox.cards.apdu import tlv
from certtray_sandbox.cards.keys import CURVES, RSA_BITS, SLOTS
from certtray_sandbox.cards.memory import CardKey, Memory

SIGNING, ENCRYPTION = 0x9A, 0x9D
"""The slots of a holder's pair: both ask for the PIN once after power came on."""
# Not compressed, no error detection code (SP 800-73-4 part 1, appendix A).
END: Final = tlv("71", b"\x00") + tlv("fe", b"")


def put_key(memory: Memory, slot: int, key: CardKey) -> None:
    """Put a key in ``slot``."""
    sizes = {**RSA_BITS, **{algorithm: curve().key_size for algorithm, curve in CURVES.items()}}
    memory.keys[slot] = next(algorithm for algorithm, bits in sizes.items() if bits == key.key_size), key
    memory.save()


def put_certificate(memory: Memory, slot: int, der: bytes) -> None:
    """Put the certificate of the key in ``slot`` on the card."""
    memory.objects[SLOTS[slot]] = tlv("70", der) + END
    memory.save()
