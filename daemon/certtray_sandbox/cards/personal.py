"""Putting keys and certificates on a virtual card, as its issuer does before handing it out."""

from __future__ import annotations

from typing import Final

from certtray_sandbox.cards.apdu import tlv
from certtray_sandbox.cards.keys import CURVES, RETIRED, RSA_BITS, SLOTS
from certtray_sandbox.cards.memory import CardKey, Memory

SIGNING, ENCRYPTION = 0x9A, 0x9D
"""The slots of a holder's pair: both ask for the PIN once after power came on."""
KEY_IDS: Final = {
    "01": 0x9A,
    "02": 0x9C,
    "03": 0x9D,
    "04": 0x9E,
    **{f"{at:02x}": slot for at, slot in enumerate(RETIRED, start=5)},
}
"""Slots by the id ykcs11 gives what is in them (CKA_ID in hex: retired ones are 05 to 18).

Old and new pairs lie on one card in 01, 03 and the retired ones; 02 asks for the PIN each time, 04 never.
"""
OPENSC_IDS: Final = {f"{int(key_id, 16):02}": slot for key_id, slot in KEY_IDS.items()}
"""The same by OpenSC's ids, which count in decimal digits: 05 to 24. So an id goes with the module it was read by."""
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
