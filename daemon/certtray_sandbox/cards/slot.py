"""A slot of the virtual reader: a card put in, taken out, or pulled in the middle of something (vsmartcard's vpcd protocol)."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from certtray_sandbox.cards.piv import ATR, PivCard

QUICKACK: Final = getattr(socket, "TCP_QUICKACK", 12)
GIVE_ATR: Final = 4
HAND_SECONDS: Final = 1.2
"""What a hand needs to put a pulled card back: the service looks every 0.4 s, and must have seen it go."""
SECONDS: Final = 10.0
"""Longest wait for the service to look at a card."""


@dataclass
class Slot:
    """One slot; ``connect`` returns a socket to it, ``reader`` is its name in PC/SC."""

    reader: str
    connect: Callable[[], socket.socket]
    commands: int = 0
    """APDUs since the card was put in."""
    pull_when: Callable[[int, bytes], bool] | None = None
    """Says for each APDU (its number since the card was put in, and itself) whether the card is pulled at it …"""
    pull_answered: bool = False
    """… after it was carried out, but before the computer gets the answer; else before."""
    out: threading.Event = field(default_factory=threading.Event)
    """Set while no card is in."""
    _seen: threading.Event = field(default_factory=threading.Event)
    _pulled: float = float("-inf")
    """When the card was pulled."""
    _line: socket.socket | None = field(default=None, repr=False)

    def insert(self, card: PivCard) -> None:
        """Put a card in; returns when the service has asked it who it is, within half a second. TimeoutError."""
        time.sleep(max(0.0, self._pulled + HAND_SECONDS - time.monotonic()))
        self._line = self.connect()
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.commands = 0
        self.out.clear()
        self._seen.clear()
        card.power()
        threading.Thread(target=self._serve, args=(self._line, card), daemon=True, name=self.reader).start()
        if not self._seen.wait(SECONDS):
            raise TimeoutError(self.reader)

    def remove(self) -> None:
        """Take the card out."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):  # the service has stopped
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self.out.set()

    def _serve(self, line: socket.socket, card: PivCard) -> None:
        try:
            while True:
                (size,) = struct.unpack(">H", _exactly(line, 2))
                message = _exactly(line, size)
                if size == 1:
                    if message[0] == GIVE_ATR:
                        line.sendall(struct.pack(">H", len(ATR)) + ATR)
                        self._seen.set()
                    else:
                        card.power()
                    continue
                answer = self._answer(card, message)
                if answer is None:
                    self._pulled = time.monotonic()
                    self.remove()
                    return
                line.sendall(struct.pack(">H", len(answer)) + answer)
        except (EOFError, OSError):  # taken out, or the service has stopped
            self.out.set()

    def _answer(self, card: PivCard, message: bytes) -> bytes | None:
        self.commands += 1
        pulled = self.pull_when is not None and self.pull_when(self.commands, message)
        if pulled and not self.pull_answered:
            return None
        answer = card.answer(message)
        return None if pulled else answer


def _exactly(line: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        # vpcd writes length and body apart: without this each APDU waits 40 ms for a delayed acknowledgement.
        line.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
        more = line.recv(size - len(read))
        if not more:
            raise EOFError
        read += more
    return read
