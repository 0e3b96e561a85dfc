"""Where a backup is safe: on another device than the original, and not in a folder that is copied to a cloud."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from certtray.system.clouds import cloud_of


def removable_folders() -> list[Path]:
    """Return the roots of removable media that can be written to now, in the order of their names."""
    if sys.platform == "win32":
        import ctypes

        drives = [Path(f"{letter}:\\") for letter in "DEFGHIJKLMNOPQRSTUVWXYZ"]
        return [drive for drive in drives if ctypes.windll.kernel32.GetDriveTypeW(str(drive)) == 2]  # DRIVE_REMOVABLE
    user = os.environ.get("USER", "")
    above = [Path("/Volumes")] if sys.platform == "darwin" else [Path("/media") / user, Path("/run/media") / user]
    own = Path.home().stat().st_dev
    found = [folder for parent in above if parent.is_dir() for folder in sorted(parent.iterdir())]
    return [each for each in found if each.is_dir() and os.access(each, os.W_OK) and each.stat().st_dev != own]


def weakness(place: Path, original: Path) -> str:
    """Say why a copy at ``place`` may be lost or seen with the original: ``cloud``, ``same_disk``, or empty for none.

    Both folders exist.
    """
    if cloud_of(place.parent.resolve()):
        return "cloud"
    return "same_disk" if place.parent.stat().st_dev == original.stat().st_dev else ""
