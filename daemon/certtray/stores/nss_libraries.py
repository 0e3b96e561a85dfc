"""Which NSS writes a database: its browser's own, for another version may not understand what this one wrote (STACK.md A2)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from configparser import ConfigParser, Error
from pathlib import Path
from typing import Final

from certtray.core.errors import StoreUnreachable
from certtray.core.store import Store

_SPELLED: Final = {"win32": "{}.dll", "darwin": "lib{}.dylib"}
SANDBOXED: Final = "sandboxed"
"""The rule of StoreUnreachable for a browser whose own files are not seen from outside."""
_WHOLE: Final = "libxul.so"
"""What Firefox's folder holds in any case; a Linux distribution may leave NSS to the system."""
_COMMANDS: Final = ("firefox", "firefox-esr")
_FOLDERS: Final = {
    "win32": ("C:/Program Files/Mozilla Firefox", "C:/Program Files (x86)/Mozilla Firefox"),
    "darwin": ("/Applications/Firefox.app/Contents/MacOS",),
    "linux": ("/usr/lib/firefox", "/usr/lib/firefox-esr", "/usr/lib64/firefox", "/opt/firefox"),
}


def file_name(library: str, platform: str = sys.platform) -> str:
    """Return what the file of a library (``nss3``) is called; on Windows and macOS only seen in Firefox's builds, never run."""
    return _SPELLED.get(platform, "lib{}.so").format(library)


def library_of(store: Store, platform: str = sys.platform) -> Path | None:
    """Return the folder of the NSS that a store's browser uses, None for the system's; StoreUnreachable.

    A Firefox says in its profile from where it ran last; a profile never used belongs to the one that is installed.
    """
    if not store.name.startswith("Firefox"):
        return None
    sandboxed = "(" in store.name
    for folder in _candidates(store.folder, platform, elsewhere=not sandboxed):
        if (folder / file_name("nss3", platform)).exists():
            return folder
        if (folder / _WHOLE).exists():
            return None
    if sandboxed:
        raise StoreUnreachable(store=store.label, rule=SANDBOXED, package="")
    raise StoreUnreachable(store=store.label, package="Firefox")


def _candidates(profile: Path, platform: str, *, elsewhere: bool) -> Iterator[Path]:
    """Yield where the profile ran last, then (``elsewhere``) what is installed: never for a Snap or Flatpak, which has its own."""
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string((profile / "compatibility.ini").read_text("utf-8", "replace"))
        last = Path(parser["Compatibility"]["LastPlatformDir"])
        yield last.with_name("MacOS") if platform == "darwin" else last  # it says Resources, its neighbour
    except (OSError, Error, KeyError):
        pass
    if not elsewhere:
        return
    for command in _COMMANDS:
        if found := shutil.which(command):
            yield Path(found).resolve().parent
    yield from map(Path, _FOLDERS.get(platform, ()))
