"""PIN and PUK with their counters (SP 800-73-4 part 2, 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from certtray_sandbox.cards.apdu import Command, Refused, Status
from certtray_sandbox.cards.memory import PIN, PUK, Memory

LENGTH = 8
"""Bytes on the wire, padded with FF."""
SHORTEST = 6


@dataclass
class Pins:
    """Who has proven to be the holder, since power came on."""

    memory: Memory
    verified: bool = False
    fresh: bool = False
    """Verified by the command just before: what the signature key asks for (PIN always)."""

    def power(self) -> None:
        """Forget it."""
        self.verified = self.fresh = False

    def verify(self, command: Command) -> bytes:
        """VERIFY; empty data asks for the tries left and costs none."""
        if command.p2 != PIN:
            raise Refused(Status.NO_SUCH_KEY)
        if command.p1 == 0xFF:
            self.power()
            return b""
        if not command.data:
            if self.verified:
                return b""
            raise self._wrong(PIN)
        if len(command.data) != LENGTH:
            raise Refused(Status.BAD_DATA)
        self._check(PIN, command.data)
        self.verified = self.fresh = True
        return b""

    def change(self, command: Command) -> bytes:
        """CHANGE REFERENCE DATA: the old one, then the new one."""
        if command.p2 not in (PIN, PUK) or len(command.data) != 2 * LENGTH:
            raise Refused(Status.BAD_DATA)
        new = command.data[LENGTH:]
        if command.p2 == PIN:
            _must_do(new)
        self._check(command.p2, command.data[:LENGTH])
        self._set(command.p2, new)
        return b""

    def unblock(self, command: Command) -> bytes:
        """RESET RETRY COUNTER: the PUK, then the new PIN."""
        if command.p2 != PIN or len(command.data) != 2 * LENGTH:
            raise Refused(Status.BAD_DATA)
        _must_do(command.data[LENGTH:])
        self._check(PUK, command.data[:LENGTH])
        self._set(PIN, command.data[LENGTH:])
        return b""

    def _set(self, reference: int, value: bytes) -> None:
        if reference == PIN:
            self.memory.pin = value
        else:
            self.memory.puk = value
        self.memory.left[reference] = self.memory.tries
        self.memory.save()

    def _check(self, reference: int, value: bytes) -> None:
        left = self.memory.left
        if left[reference] == 0:
            raise Refused(Status.BLOCKED)
        if value == (self.memory.pin if reference == PIN else self.memory.puk):
            if left[reference] != self.memory.tries:
                left[reference] = self.memory.tries
                self.memory.save()
            return
        left[reference] -= 1
        self.memory.save()
        if reference == PIN:
            self.power()
        raise self._wrong(reference)

    def _wrong(self, reference: int) -> Refused:
        left = self.memory.left[reference]
        return Refused(Status.WRONG | left if left else Status.BLOCKED)


def _must_do(pin: bytes) -> None:
    if len(pin.rstrip(b"\xff")) < SHORTEST:
        raise Refused(Status.BAD_DATA)
