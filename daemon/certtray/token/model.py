"""What is known of a card or token without its PIN."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from certtray.core.certificate import Certificate
from certtray.core.masks import mask_numbers


class Standing(StrEnum):
    """How near a token is to locking; the names are the catalogue's (``word.pin_<value>``)."""

    FINE = "fine"
    LOW = "low"
    """A wrong PIN was entered since the last right one."""
    FINAL = "final"
    """The next wrong one locks it."""
    LOCKED = "locked"
    UNSET = "unset"
    """It has no PIN yet."""


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate on a token; ``id`` (hex) joins it with its key there."""

    id: str
    certificate: Certificate
    der: bytes = field(repr=False)


def self_signed(certificate: Certificate) -> bool:
    """Say whether it is what some modules put beside a key that has no certificate yet: nobody's, and of no use."""
    return certificate.issuer == certificate.subject and not certificate.is_ca


@dataclass(frozen=True, slots=True)
class Token:
    """A token as one module shows it at one moment."""

    module: str
    """The module's id."""
    reader: str
    label: str
    maker: str
    model: str
    serial: str
    standing: Standing
    tries_left: int | None
    """Wrong PINs it still takes; None where neither card nor flags say a number."""
    pin_pad: bool
    """The PIN is typed on the reader's own keys."""
    pin_length: tuple[int, int]
    free: int | None
    """Bytes free for private objects, where the token says."""
    held: tuple[Held, ...]
    read_only: bool
    """Its issuer forbids other programs to change or unlock it."""

    @property
    def name(self) -> str:
        """What a person calls it, personal numbers masked: its label, with the serial number it bears where that is not in it."""
        label = self.label or self.model
        return mask_numbers(label) if self.serial and self.serial in label else f"{mask_numbers(label)} ({self.serial})"
