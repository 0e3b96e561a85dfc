"""A user-level install on Linux: menu entry, icons, ``certtray://`` links, start at login; each can be undone.

``.venv/bin/python installer/desktop.py install | remove | autostart on | autostart off`` (freedesktop.org: Desktop Entry,
Icon Theme and Autostart specifications). Nothing outside the user's own folders is touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from certtray.system.autostart import autostart_file, desktop_entry, start_at_login
from certtray.tray.icon import Mark, draw

SIZES = (16, 22, 24, 32, 48, 64)


def data_home() -> Path:
    """Where this user's programs keep shared data."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")


def menu_entry() -> Path:
    """The menu entry, which opens the window and takes ``certtray://`` links."""
    return data_home() / "applications" / "certtray.desktop"


def icons() -> dict[int, Path]:
    """The icon of each size."""
    return {size: data_home() / f"icons/hicolor/{size}x{size}/apps/certtray.png" for size in SIZES}


def install() -> None:
    """Write menu entry and icons, and take the links."""
    menu_entry().parent.mkdir(parents=True, exist_ok=True)
    menu_entry().write_text(desktop_entry("window %u", "MimeType=x-scheme-handler/certtray;"), "utf-8")
    for size, path in icons().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(Mark.WELL, 0, size).save(path)
    _tell_desktop()


def remove() -> None:
    """Undo ``install`` and ``autostart on``, which the window's settings switch too."""
    for path in (menu_entry(), autostart_file(), *icons().values()):
        path.unlink(missing_ok=True)
    _tell_desktop()


def _tell_desktop() -> None:
    """Desktops that keep a cache of entries look again; others need no telling."""
    if program := shutil.which("update-desktop-database"):
        subprocess.run([program, str(menu_entry().parent)], check=False)  # noqa: S603 - found on PATH on purpose


def main(words: list[str]) -> int:
    """Do what the command line says; 64 when it says nothing known."""
    match words:
        case ["install"]:
            install()
        case ["remove"]:
            remove()
        case ["autostart", "on" | "off" as wanted]:
            start_at_login(wanted == "on")
        case _:
            print("desktop.py install | remove | autostart on | autostart off", file=sys.stderr)
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
