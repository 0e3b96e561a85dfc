"""Where browsers on Linux keep certificates: every NSS database of this person (STACK.md A3)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from configparser import ConfigParser, Error
from pathlib import Path
from typing import Final

from certtray.core.store import DATABASE, Store

SHARED: Final = "Chromium, Chrome, Edge, Brave"
"""They share one database."""

_FIREFOX_SNAP: Final = "snap/firefox/common/.mozilla/firefox"
_FIREFOX_FLATPAK: Final = ".var/app/org.mozilla.firefox"
_SNAPS: Final = {"chromium": "Chromium", "brave": "Brave"}
_FLATPAKS: Final = {
    "org.chromium.Chromium": "Chromium",
    "com.google.Chrome": "Chrome",
    "com.microsoft.Edge": "Edge",
    "com.brave.Browser": "Brave",
}


def browser_stores(home: Path, environment: Mapping[str, str]) -> list[Store]:
    """Return every store there is, Firefox's first, each folder once; ``environment`` may move the XDG folders.

    A profile that was never used is one too, and reading it says that it has no database yet.
    """
    found: dict[str, Store] = {}
    for store in (*_firefox(home, environment), *_chromium(home, environment)):
        found.setdefault(os.path.realpath(store.folder), store)
    return list(found.values())


def shared_store(home: Path, environment: Mapping[str, str]) -> Store:
    """Return the database Chromium and its kin share, whether it is there already or not.

    Every version of Chromium takes ``~/.pki/nssdb`` where it exists, so that is where a new one is made (STACK.md A3).
    """
    first, other = _shared(home, environment)
    return Store("nss", SHARED, "", other if _may_be_there(other) and not _may_be_there(first) else first)


def _shared(home: Path, environment: Mapping[str, str]) -> tuple[Path, Path]:
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local/share")
    return home / ".pki/nssdb", data / "pki/nssdb"


def _firefox(home: Path, environment: Mapping[str, str]) -> Iterator[Store]:
    configuration = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    roots = {
        home / ".mozilla/firefox": "Firefox",
        configuration / "mozilla/firefox": "Firefox",
        home / _FIREFOX_SNAP: "Firefox (snap)",
        home / _FIREFOX_FLATPAK / ".mozilla/firefox": "Firefox (Flatpak)",
        home / _FIREFOX_FLATPAK / "config/mozilla/firefox": "Firefox (Flatpak)",
    }
    yield from firefox_stores(roots)


def firefox_stores(roots: Mapping[Path, str]) -> Iterator[Store]:
    """Yield every profile below the folders of Firefox's settings; each folder with its program's name."""
    for root, name in roots.items():
        for folder, profile in _profiles(root).items():
            yield Store("nss", name, profile, folder)


def _profiles(root: Path) -> dict[Path, str]:
    """Return the profiles' names by folder: those that profiles.ini or installs.ini names, the one in use first.

    What an installation uses stands in installs.ini; ``Default=1`` of profiles.ini may name a profile never used. Where
    neither file can be read, every folder with a database counts.
    """
    installs, profiles = _sections(root / "installs.ini"), _sections(root / "profiles.ini")
    installs |= {name: values for name, values in profiles.items() if name.startswith("Install")}
    found = {root / values["Default"]: "" for values in installs.values() if values.get("Default")}
    for name, values in profiles.items():
        if name.startswith("Profile") and values.get("Path"):
            folder = root / values["Path"]  # an absolute one, where IsRelative=0, stays itself
            found[folder] = values.get("Name", "")
    if not found:
        found = {path.parent: "" for path in sorted(root.glob(f"*/{DATABASE}"))}
    return {folder: profile or folder.name for folder, profile in found.items()}


def _sections(path: Path) -> dict[str, dict[str, str]]:
    """Return an .ini file's sections; none where it is missing, unreadable or broken."""
    parser = ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as the library documents it
    try:
        parser.read_string(path.read_text("utf-8", "replace"))
    except (OSError, Error):
        return {}
    return {name: dict(parser[name]) for name in parser.sections()}


def _chromium(home: Path, environment: Mapping[str, str]) -> Iterator[Store]:
    candidates = [(folder, SHARED) for folder in _shared(home, environment)]
    for snap, name in _SNAPS.items():
        below = home / "snap" / snap / "current"
        candidates += [(below / place, f"{name} (snap)") for place in (".pki/nssdb", ".local/share/pki/nssdb")]
    for flatpak, name in _FLATPAKS.items():
        below = home / ".var/app" / flatpak
        candidates += [(below / place, f"{name} (Flatpak)") for place in (".pki/nssdb", "data/pki/nssdb")]
    for folder, name in candidates:
        if _may_be_there(folder):
            yield Store("nss", name, "", folder)


def _may_be_there(folder: Path) -> bool:
    """Say whether ``folder`` exists or the system does not let us know; reading it gives the reason then."""
    try:
        folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
