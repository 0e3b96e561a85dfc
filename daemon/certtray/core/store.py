"""A store of the system or a browser, and what was read from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

DATABASE: Final = "cert9.db"
KEYS: Final = "key4.db"
DATABASES: Final = (DATABASE, KEYS)
"""Names of the files an NSS database consists of."""


class Unread(StrEnum):
    """Why a store could not be read; texts under ``unread.<value>``."""

    NO_DATABASE = "no_database"
    LOCKED = "locked"
    NO_ACCESS = "no_access"
    DAMAGED = "damaged"


StoreKind = Literal["nss", "windows", "keychain", "hicos"]
"""An NSS database, Windows' ``CurrentUser\\My``, macOS' login keychain, the HiCOS local service."""


@dataclass(frozen=True, slots=True)
class Store:
    """A place of the system or a browser that holds certificates: its program's name and profile (may be empty).

    ``folder`` names it also where it is no folder of the file system (``windows:CurrentUser/My``).
    """

    kind: StoreKind
    name: str
    profile: str
    folder: Path

    @property
    def label(self) -> str:
        """Program and profile as a person reads them."""
        return f"{self.name} · {self.profile}" if self.profile else self.name


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate of a store; ``has_key`` where a private key with the same id lies beside it."""

    der: bytes
    nickname: str
    has_key: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a store holds, each certificate once; empty with a ``reason`` where it could not be read."""

    held: tuple[Held, ...] = ()
    reason: Unread | None = None
