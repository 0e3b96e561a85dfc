"""Two things a PIV card does that PKCS#11 does not offer: tells its tries for nothing, and takes a PUK (SP 800-73-4 part 2)."""

from __future__ import annotations

from typing import Final

from certtray.token.cryptoki import wipe
from certtray.token.pcsc import Card, PcscError, card_in

SELECT: Final = bytes.fromhex("00a4040009a00000030800001000")
ASK_TRIES: Final = bytes.fromhex("00200080")
RESET_RETRY_COUNTER: Final = bytes.fromhex("002c008010")
PADDED: Final = 8
"""Bytes of a PIN or PUK on the wire, filled up with FF."""
OK, BLOCKED, WRONG = 0x9000, 0x6983, 0x63C0


def tries_left(reader: str) -> int | None:
    """Return how many wrong PINs the card in ``reader`` still takes, without one; None where it is no such card or does not say.

    An empty VERIFY costs no try (3.2.1); it says nothing while somebody is logged in.
    """
    try:
        with card_in(reader) as card:
            if not _selected(card):
                return None
            _, status = card.send(ASK_TRIES)
    except PcscError:
        return None
    return 0 if status == BLOCKED else status & 0xF if status & 0xFFF0 == WRONG else None


def unblock(reader: str, puk: bytearray, new: bytearray) -> int | None:
    """Give the card a new PIN by its PUK, in one command; return None when done, else the tries left. PcscError, ValueError."""
    if not (0 < len(puk) <= PADDED and 0 < len(new) <= PADDED):
        raise ValueError("length")
    command = bytearray(RESET_RETRY_COUNTER + b"\xff" * 2 * PADDED)  # its final size: growing would leave copies behind
    for at, secret in ((len(RESET_RETRY_COUNTER), puk), (len(RESET_RETRY_COUNTER) + PADDED, new)):
        command[at : at + len(secret)] = secret
    try:
        with card_in(reader) as card:
            if not _selected(card):
                raise ValueError("application")
            _, status = card.send(command)
    finally:
        wipe(command)
    if status == OK:
        return None
    if status == BLOCKED:
        return 0
    if status & 0xFFF0 == WRONG:
        return status & 0xF
    raise ValueError(f"{status:04x}")


def _selected(card: Card) -> bool:
    _, status = card.send(SELECT)
    return status == OK or status & 0xFF00 == 0x6100
