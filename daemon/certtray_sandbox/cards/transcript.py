"""What went over the wire between computer and card, PINs blotted out: the proof of how often a PIN was used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from certtray_sandbox.cards.apdu import Command

NAMES: Final = {
    0xA4: "SELECT",
    0xCB: "GET DATA",
    0xDB: "PUT DATA",
    0x20: "VERIFY",
    0x24: "CHANGE REFERENCE DATA",
    0x2C: "RESET RETRY COUNTER",
    0x87: "GENERAL AUTHENTICATE",
    0x47: "GENERATE ASYMMETRIC KEY PAIR",
    0xC0: "GET RESPONSE",
}
SECRET: Final = frozenset((0x20, 0x24, 0x2C))
"""Commands whose data is a PIN or PUK."""
BLOT: Final = "********"
SHOWN: Final = 24
"""Bytes of other data shown."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and its answer; ``data`` is hex, or blots where it was secret."""

    ins: int
    p1: int
    p2: int
    data: str
    status: int

    @property
    def name(self) -> str:
        """The command's name in the standard."""
        return NAMES.get(self.ins, f"{self.ins:02X}")

    @property
    def uses_pin(self) -> bool:
        """A PIN or PUK was sent: counted by the card. An empty VERIFY only asks."""
        return self.ins in SECRET and bool(self.data)

    def __str__(self) -> str:
        return f"{self.name} {self.p1:02x} {self.p2:02x} {self.data} -> {self.status:04x}".replace("  ", " ")


@dataclass
class Transcript:
    """Every exchange since the card was made or ``clear`` was called."""

    exchanges: list[Exchange] = field(default_factory=list)

    def note(self, command: Command, status: int) -> None:
        """Add one."""
        data = command.data[:SHOWN].hex() + ("…" if len(command.data) > SHOWN else "")
        if command.ins in SECRET and command.data:
            data = BLOT
        self.exchanges.append(Exchange(command.ins, command.p1, command.p2, data, status))

    @property
    def pins(self) -> list[Exchange]:
        """The commands that carried a PIN or PUK, in order."""
        return [each for each in self.exchanges if each.uses_pin]

    def clear(self) -> None:
        """Forget what was."""
        self.exchanges.clear()

    def __str__(self) -> str:
        return "\n".join(map(str, self.exchanges))
