"""Which NSS writes a database: its browser's own, for another version may not understand what this one wrote (STACK.md A2)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from configparser import ConfigParser, Error
from pathlib import Path
from typing import Final

from certtray.core.errors import StoreUnreachable
from certtray.core.store import Store

LIBRARY: Final = "libnss3.so"
_WHOLE: Final = "libxul.so"
"""What Firefox's folder holds in any case; a Linux distribution may leave NSS to the system."""
_COMMANDS: Final = ("firefox", "firefox-esr")
_FOLDERS: Final = ("/usr/lib/firefox", "/usr/lib/firefox-esr", "/usr/lib64/firefox", "/opt/firefox")


def library_of(store: Store) -> Path | None:
    """Return the folder of the NSS that a store's browser uses, None for the system's; StoreUnreachable.

    A Firefox says in its profile from where it ran last; a profile never used belongs to the one that is installed.
    """
    if not store.name.startswith("Firefox"):
        return None
    for folder in _candidates(store.folder):
        if (folder / LIBRARY).exists():
            return folder
        if (folder / _WHOLE).exists():
            return None
    if "(" in store.name:  # a Snap or Flatpak, whose files are not seen from outside
        raise StoreUnreachable(store=store.label, rule="sandboxed", package="")
    raise StoreUnreachable(store=store.label, rule="no_library", package="Firefox")


def _candidates(profile: Path) -> Iterator[Path]:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string((profile / "compatibility.ini").read_text("utf-8", "replace"))
        yield Path(parser["Compatibility"]["LastPlatformDir"])
    except (OSError, Error, KeyError):
        pass
    for command in _COMMANDS:
        if found := shutil.which(command):
            yield Path(found).resolve().parent
    yield from map(Path, _FOLDERS)
