"""Where on a token the keys of an operation lie: kept in its folder, written before they are made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from certtray.core.certificate import Usage
from certtray.core.errors import DamagedFile
from certtray.system.files import read_limited, write_atomic

PLACES: Final = "token.json"


@dataclass(frozen=True, slots=True)
class Places:
    """The token's serial number, and the id (hex) of the key for each usage."""

    token: str
    ids: Mapping[Usage, str]

    def write(self, folder: Path) -> None:
        """Make them durable in an operation's ``folder``; WriteFailed."""
        row = {"token": self.token, "ids": {str(usage): id for usage, id in self.ids.items()}}
        write_atomic(folder / PLACES, json.dumps(row).encode())


def read_places(folder: Path) -> Places:
    """Read what ``write`` wrote; FileMissing, DamagedFile."""
    path = folder / PLACES
    try:
        row = json.loads(read_limited(path))
        return Places(str(row["token"]), {Usage(usage): str(id) for usage, id in row["ids"].items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFile(path=str(path), reason=type(error).__name__) from None


def on_token(token: str, operations: Path) -> Iterator[tuple[Path, Places]]:
    """Yield the folder and places of each operation under ``operations`` whose keys are on ``token``."""
    for path in operations.glob(f"*/{PLACES}"):
        places = read_places(path.parent)
        if places.token == token:
            yield path.parent, places
