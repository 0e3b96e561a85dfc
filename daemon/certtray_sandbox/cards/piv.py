"""The virtual card: a PIV application (SP 800-73-4 part 2) with the few commands ykcs11 needs beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from certtray_sandbox.cards.apdu import Command, Refused, Status, read_command, read_tlv, tlv
from certtray_sandbox.cards.button import Button
from certtray_sandbox.cards.keys import RETIRED, SLOTS, Keys, public_half
from certtray_sandbox.cards.management import REFERENCE, TRIPLE_DES, Management
from certtray_sandbox.cards.memory import PIN, PUK, Memory
from certtray_sandbox.cards.pins import Pins
from certtray_sandbox.cards.transcript import Transcript

AID: Final = bytes.fromhex("a000000308000010000100")
ATR: Final = bytes.fromhex("3b800181")
"""T=1, no historical bytes."""
DISCOVERY, HISTORY = "7e", "5fc10c"
FIRMWARE: Final = bytes((5, 4, 3))


@dataclass
class PivCard:
    """A card with this memory; ``answer`` is all a reader needs."""

    memory: Memory
    button: Button = field(default_factory=Button)
    transcript: Transcript = field(default_factory=Transcript)

    def __post_init__(self) -> None:
        self._pins = Pins(self.memory)
        self._management = Management()
        self._keys = Keys(self.memory, self._pins, self.button)
        self._selected = False
        self._chain = self._rest = b""
        self._commands: Mapping[int, Callable[[Command], bytes]] = {
            0xCB: self._get,
            0xDB: self._put,
            0x20: self._pins.verify,
            0x24: self._pins.change,
            0x2C: self._pins.unblock,
            0x87: self._authenticate,
            0x47: self._generate,
            0xFD: lambda _: FIRMWARE,
            0xF8: lambda _: self.memory.serial.to_bytes(4, "big"),
            0xF7: self._metadata,
        }

    def power(self) -> None:
        """Power comes on or goes: whatever is not in the memory is forgotten."""
        self._pins.power()
        self._management.power()
        self._selected, self._chain, self._rest = False, b"", b""

    def answer(self, raw: bytes) -> bytes:
        """Return the card's answer to one command APDU, status word last."""
        try:
            command = read_command(raw)
        except IndexError:
            return int(Status.BROKEN).to_bytes(2, "big")
        if command.chained:
            self._chain += command.data
            return int(Status.OK).to_bytes(2, "big")
        whole = Command(command.cla, command.ins, command.p1, command.p2, self._chain + command.data, command.expected)
        self._chain = b""
        data, status = self._played(whole)
        self.transcript.note(whole, status)
        if len(data) > command.expected:
            data, self._rest = data[: command.expected], data[command.expected :]
            status = 0x6100 | (len(self._rest) if len(self._rest) < 256 else 0)
        return data + status.to_bytes(2, "big")

    def _played(self, command: Command) -> tuple[bytes, int]:
        try:
            return self._play(command), Status.OK
        except Refused as refused:
            return b"", refused.status
        except (IndexError, KeyError, ValueError):  # data that is none
            return b"", Status.BAD_DATA

    def _play(self, command: Command) -> bytes:
        if command.ins == 0xC0:
            rest, self._rest = self._rest, b""
            return rest
        self._rest = b""
        if command.ins == 0xA4:
            if not command.data or not AID.startswith(command.data[:5]):
                raise Refused(Status.NOT_FOUND)
            self._selected = True
            return tlv("61", tlv("4f", AID[5:]) + tlv("79", tlv("4f", AID[:5])))
        if not self._selected or command.ins not in self._commands:
            raise Refused(Status.NO_SUCH_COMMAND)
        return self._commands[command.ins](command)

    def _get(self, command: Command) -> bytes:
        tag = read_tlv(command.data)[0x5C].hex()
        if tag == DISCOVERY:
            return tlv(DISCOVERY, tlv("4f", AID) + tlv("5f2f", b"\x40\x00"))
        content = self.memory.objects.get(tag) or (self._history() if tag == HISTORY else b"")
        if not content:
            raise Refused(Status.NOT_FOUND)
        return tlv("53", content)

    def _history(self) -> bytes:
        """Return the key history object (SP 800-73-4 part 1, 3.3.3); empty without retired keys.

        The standard leaves it to whoever writes the card, and ykcs11 does not: OpenSC looks at no more slots than it counts.
        """
        used = [at for at, slot in enumerate(RETIRED, start=1) if SLOTS[slot] in self.memory.objects]
        return tlv("c1", bytes([used[-1]])) + tlv("c2", b"\0") + tlv("fe", b"") if used else b""

    def _put(self, command: Command) -> bytes:
        self._management.require()
        given = read_tlv(command.data)
        tag, content = given[0x5C].hex(), given[0x53]
        if content:
            self.memory.objects[tag] = content
        else:
            self.memory.objects.pop(tag, None)
        self.memory.save()
        return b""

    def _authenticate(self, command: Command) -> bytes:
        return self._management.authenticate(command) if command.p2 == REFERENCE else self._keys.use(command)

    def _generate(self, command: Command) -> bytes:
        self._management.require()
        return self._keys.generate(command.p2, command.data)

    def _metadata(self, command: Command) -> bytes:
        """GET METADATA of the maker ykcs11 is written for."""
        if command.p2 == REFERENCE:
            return tlv("01", bytes([TRIPLE_DES])) + tlv("02", b"\x00\x01") + tlv("05", b"\x01")
        if command.p2 in (PIN, PUK):
            left = bytes((self.memory.tries, self.memory.left[command.p2]))
            return tlv("05", b"\x00") + tlv("06", left)
        if command.p2 not in self.memory.keys:
            raise Refused(Status.NO_SUCH_KEY)
        algorithm, key = self.memory.keys[command.p2]
        return tlv("01", bytes([algorithm])) + tlv("02", b"\x01\x01") + tlv("03", b"\x01") + tlv("04", public_half(key))
