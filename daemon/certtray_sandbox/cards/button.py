"""The button on a device: it does nothing until a person presses it (3-11, 3-15)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from certtray_sandbox.cards.apdu import Refused, Status

PATIENCE = 15.0
"""Seconds the device waits for a press, as such devices do."""


@dataclass
class Button:
    """``needed`` makes every use of a key and every new key wait for ``press``."""

    needed: bool = False
    patience: float = PATIENCE
    presses: int = 0
    """How often it was waited for and pressed."""
    waiting: threading.Event = field(default_factory=threading.Event)
    """Set while the device blinks."""
    _pressed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def press(self) -> None:
        """Press it, once; a press nobody waits for counts for the next wait."""
        self._pressed.release()

    def confirm(self) -> None:
        """Wait for a press where one is needed; Refused after ``patience`` seconds."""
        if not self.needed:
            return
        self.waiting.set()
        try:
            if not self._pressed.acquire(timeout=self.patience):
                raise Refused(Status.NO_BUTTON)
        finally:
            self.waiting.clear()
        self.presses += 1
