"""Proving to the card that one may manage it: the management key (SP 800-73-4 part 2, appendix A.1)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from certtray_sandbox.cards.apdu import Command, Refused, Status, read_tlv, tlv
from certtray_sandbox.cards.memory import RIG_MANAGEMENT_KEY

TRIPLE_DES: Final = 0x03
REFERENCE: Final = 0x9B
WITNESS, CHALLENGE, RESPONSE = 0x80, 0x81, 0x82


@dataclass
class Management:
    """Whether the manager has proven to be one, since power came on."""

    proven: bool = False
    _nonce: bytes | None = None

    def power(self) -> None:
        """Forget it."""
        self.proven, self._nonce = False, None

    def require(self) -> None:
        """Refuse whoever has not."""
        if not self.proven:
            raise Refused(Status.NOT_ALLOWED)

    def authenticate(self, command: Command) -> bytes:
        """GENERAL AUTHENTICATE with the management key: challenge and response, or mutual with a witness."""
        if command.p1 != TRIPLE_DES:
            raise Refused(Status.BAD_PARAMETERS)
        asked = read_tlv(read_tlv(command.data)[0x7C])
        nonce, self._nonce = self._nonce, None
        if asked.get(WITNESS) == b"":
            self._nonce = os.urandom(8)
            return tlv("7c", tlv("80", _encrypted(self._nonce)))
        if asked.get(CHALLENGE) == b"":
            self._nonce = os.urandom(8)
            return tlv("7c", tlv("81", self._nonce))
        if WITNESS in asked and nonce is not None and asked[WITNESS] == nonce:
            self.proven = True
            return tlv("7c", tlv("82", _encrypted(asked[CHALLENGE])))
        if RESPONSE in asked and nonce is not None and asked[RESPONSE] == _encrypted(nonce):
            self.proven = True
            return b""
        raise Refused(Status.NOT_ALLOWED)


def _encrypted(block: bytes) -> bytes:
    # The algorithm and mode the standard gives for this proof; both are the card's, not ours.
    encryptor = Cipher(TripleDES(RIG_MANAGEMENT_KEY), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(block) + encryptor.finalize()
