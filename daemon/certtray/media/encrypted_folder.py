"""Keys of manuals that speak of the system's store, where the platform has none we reach: an encrypted store of ours.

``CERTTRAY_HOME/store/<profile>/`` holds one PFX for each common name, with all its pairs, under the key password the person
chose; that password is asked whenever a key is used, as the manuals' high security level has it (2-07).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from certtray.crypto.content import Kind
from certtray.media.pfx import PfxFiles


@dataclass(frozen=True)
class EncryptedFolder(PfxFiles):
    """The store of one issuer's keys in ``folder``."""

    folder: Path
    kind: ClassVar[Kind] = "system_store"
    names_keys: ClassVar[bool] = True

    def place(self, holder: str, cn: str) -> Path:
        """Return the store's file of ``cn``; a holder may have several (3-33)."""
        del holder
        return self.folder / f"{re.sub('[^A-Za-z0-9-]', '_', cn)}.pfx"

    def kept(self) -> Sequence[Path]:
        """Return the files of the store."""
        return sorted(self.folder.glob("*.pfx"))
