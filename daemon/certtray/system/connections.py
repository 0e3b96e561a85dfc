"""How to reach an issuer's on-line interface: one small file an issuer's desk (or the sandbox) hands out."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from certtray.core.errors import FileMissing, SettingsInvalid
from certtray.system.files import read_limited, write_atomic
from certtray.system.paths import Home


@dataclass(frozen=True, slots=True)
class Connection:
    """``url`` is https, ``root`` the PEM file of the only root trusted for it, ``ca_root`` of the root of what it issues."""

    url: str
    root: Path
    ca_root: Path


def load_connection(home: Home, profile: str) -> Connection | None:
    """Return the connection for an issuer profile, None where none is configured; SettingsInvalid."""
    path = home.connections / f"{profile}.toml"
    try:
        values = tomllib.loads(read_limited(path).decode())
        connection = Connection(str(values["url"]), Path(str(values["root"])), Path(str(values["ca_root"])))
    except FileMissing:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise SettingsInvalid(path=str(path), reason=str(error)) from None
    if not connection.url.startswith("https://"):
        raise SettingsInvalid(path=str(path), reason="url: https://…")
    return connection


def save_connection(home: Home, profile: str, connection: Connection) -> None:
    """Write the connection for an issuer profile; WriteFailed changes nothing."""
    import tomli_w

    values = {"url": connection.url, "root": str(connection.root), "ca_root": str(connection.ca_root)}
    write_atomic(home.connections / f"{profile}.toml", tomli_w.dumps(values).encode())


def is_confirmed(home: Home, profile: str, host: str) -> bool:
    """Say whether the person has agreed that ``host`` is spoken to for a profile they added."""
    try:
        return read_limited(_confirmed(home, profile)).decode("utf-8", "replace") == host
    except FileMissing:
        return False


def confirm(home: Home, profile: str, host: str) -> None:
    """Remember that the person agreed to ``host``; another one is asked about anew. WriteFailed."""
    write_atomic(_confirmed(home, profile), host.encode())


def _confirmed(home: Home, profile: str) -> Path:
    return home.connections / f"{profile}.host"
