"""Which PKCS#11 modules there are (``config/modules.toml`` and the person's own rows), and which of them could be loaded here."""

from __future__ import annotations

import os
import platform
import struct
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from certtray.core.errors import ProfileInvalid
from certtray.core.secret import Secret
from certtray.rules.profiles import config_folder
from certtray.rules.table import Table

ELF_MACHINES: Final = {"x86_64": 62, "aarch64": 183, "i686": 3, "armv7l": 40}
PE_BITS: Final = {0x8664: 64, 0xAA64: 64, 0x014C: 32}
_ID: Final = r"[a-z][a-z0-9-]{0,39}"


class Unblock(StrEnum):
    """How a locked token is opened again."""

    PUK = "puk"
    """By the PIV card's own command, with its PUK."""
    SO = "so"
    """By its security officer."""
    NONE = "none"
    """Not with this program; the issuer knows how."""


@dataclass(frozen=True, slots=True)
class Module:
    """One vendor's module; ``paths`` are where it may lie on this system, best first."""

    id: str
    name: str
    paths: tuple[Path, ...]
    unblock: Unblock
    places: tuple[str, ...] = ()
    """Ids (hex) of the keys of a device that has a fixed number of them, best first; without any, ids are free."""
    management_key: Secret | None = None
    """For cards that are managed by a key of their own instead of the PIN; only a row of one's own has one."""

    @property
    def path(self) -> Path | None:
        """Where it lies; None where it is not installed."""
        return next((path for path in self.paths if path.is_file()), None)


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """Cards we only read; ``issuer_contains`` in upper case."""

    id: str
    issuer_contains: tuple[str, ...]


def modules(own: Path) -> tuple[Module, ...]:
    """Return the rows of the file ``own`` (may be missing), then ours; ProfileInvalid names the file and the key."""
    mine = _rows(_load(own), str(own)) if own.is_file() else ()
    taken = {module.id for module in mine}
    return (*mine, *(module for module in _rows(_shipped(), "modules.toml") if module.id not in taken))


def installed(known: Iterable[Module]) -> tuple[Module, ...]:
    """Return those that lie here, each library once."""
    found: dict[Path, Module] = {}
    for module in known:
        if module.path is not None:
            found.setdefault(module.path.resolve(), module)
    return tuple(found.values())


@lru_cache(maxsize=1)
def read_only() -> tuple[ReadOnly, ...]:
    """Return the cards that are only read."""
    return tuple(
        ReadOnly(row["id"], tuple(each.upper() for each in row["issuer_contains"])) for row in _shipped()["read_only"]
    )


def foreign_bits(path: Path) -> int | None:
    """Return the bitness of a library that cannot be loaded for that reason; None where it fits, or is of no known kind."""
    with path.open("rb") as file:
        head = file.read(4096)
    own = struct.calcsize("P") * 8
    if head[:4] == b"\x7fELF" and len(head) >= 20:
        bits = 64 if head[4] == 2 else 32
        (machine,) = struct.unpack_from("<H", head, 18)
        return bits if bits != own or machine != ELF_MACHINES.get(platform.machine(), machine) else None
    if head[:2] == b"MZ" and len(head) > 64:
        (at,) = struct.unpack_from("<I", head, 60)
        if at + 6 <= len(head):
            bits = PE_BITS.get(struct.unpack_from("<H", head, at + 4)[0], own)
            return bits if bits != own else None
    return None


def _shipped() -> dict[str, Any]:
    return _load(config_folder() / "modules.toml")


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ProfileInvalid(path=str(path), key="–", reason=str(error)) from None


def _rows(values: dict[str, Any], path: str) -> tuple[Module, ...]:
    return tuple(_row(row) for row in Table(path, "", values).tables("module"))


def _row(row: Table) -> Module:
    """Read one row; where a system has no such module, its paths are missing."""
    identifier, name = row.text("id", _ID, "small letters, digits and -"), row.text("name", r"\S(?:.*\S)?", "a name")
    unblock = row.choice("unblock", Unblock)
    paths: tuple[str, ...] = ()
    for system in ("linux", "win32", "darwin"):
        given = row.texts(system, r"\S(?:.*\S)?", "a path") if system in row else ()
        paths = given if system == sys.platform else paths
    places = row.texts("places", r"(?:[0-9a-f]{2})+", "an id in hex") if "places" in row else ()
    key = Secret(row.text("management_key", r"[0-9A-Fa-f]+", "hex digits")) if "management_key" in row else None
    row.done()
    expanded = tuple(Path(os.path.expandvars(each)).expanduser() for each in paths)
    return Module(identifier, name, expanded, unblock, places, key)
