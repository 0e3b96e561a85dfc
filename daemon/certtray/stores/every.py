"""Every store of this computer that may hold certificates of this person, whatever the system; one that is missing stops no other.

On Windows and macOS the browsers but Firefox keep none of their own: Chrome, Edge and Brave use the system's, so they are one row
with it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from certtray.core.store import Store
from certtray.stores.browsers import browser_stores, firefox_stores, shared_store
from certtray.stores.hicos import hicos_store

CURRENT_USER: Final = Path("windows:CurrentUser/My")
"""The system's own name of Windows' store; it is no folder."""
LOGIN_KEYCHAIN: Final = Path("Library/Keychains/login.keychain-db")
"""Below the home."""

WINDOWS: Final = "Windows (Chrome, Edge, Brave)"
MACOS: Final = "macOS (Safari, Chrome, Edge, Brave)"
_FIREFOX_OF_MICROSOFTS_STORE: Final = "Packages/Mozilla.Firefox_n80bbvh6b1yt2/LocalCache/Roaming/Mozilla/Firefox"


def stores_here(home: Path, environment: Mapping[str, str], platform: str = sys.platform) -> list[Store]:
    """Return the system's store, each browser's, the HiCOS service where it runs; their order numbers them for the person.

    ``environment`` may move folders (APPDATA, LOCALAPPDATA, XDG_…).
    """
    match platform:
        case "win32":
            roaming = Path(environment.get("APPDATA") or home / "AppData/Roaming")
            local = Path(environment.get("LOCALAPPDATA") or home / "AppData/Local")
            roots = {
                roaming / "Mozilla/Firefox": "Firefox",
                local / _FIREFOX_OF_MICROSOFTS_STORE: "Firefox (Microsoft Store)",
            }
            found = [system_store(home, environment, platform), *firefox_stores(roots)]
        case "darwin":
            root = home / "Library/Application Support/Firefox"
            found = [system_store(home, environment, platform), *firefox_stores({root: "Firefox"})]
        case _:
            found = browser_stores(home, environment)
    hicos = hicos_store()
    return [*found, hicos] if hicos else found


def system_store(home: Path, environment: Mapping[str, str], platform: str = sys.platform) -> Store:
    """Return what the manuals' "IE store" is here (DESIGN.md 9), whether it is there already or not.

    On Linux it is the NSS database that all browsers but Firefox share.
    """
    match platform:
        case "win32":
            return Store("windows", WINDOWS, "", CURRENT_USER)
        case "darwin":
            return Store("keychain", MACOS, "", home / LOGIN_KEYCHAIN)
        case _:
            return shared_store(home, environment)
