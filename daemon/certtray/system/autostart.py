"""Starting the tray at login: on Linux a desktop entry in the user's autostart folder; elsewhere not there yet."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from certtray.core.errors import WriteFailed
from certtray.system.files import write_atomic

ENTRY = """[Desktop Entry]
Type=Application
Name=CertTray
Name[zh_TW]=憑證守望
Comment=Watches your certificates and renews them in time
Comment[zh_TW]=看管憑證，到期前提醒並完成更新
Icon=certtray
Categories=Finance;Security;
StartupWMClass=certtray
"""
_OFF = re.compile(r"^(Hidden=true|X-GNOME-Autostart-enabled=false)\s*$", re.MULTILINE)
"""How a desktop's own settings switch an entry off without removing it."""


def desktop_entry(arguments: str, *more: str) -> str:
    """Return a desktop entry that runs this program (freedesktop.org, Desktop Entry 1.5); ``more`` are further lines."""
    return ENTRY + "\n".join([f"Exec={_quoted(_program())} {arguments}", *more]) + "\n"


def autostart_file() -> Path:
    """Return what starts the tray at login (freedesktop.org, Desktop Application Autostart 0.5)."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "autostart" / "certtray.desktop"


def can_start_at_login() -> bool:
    """Say whether this system's way is built."""
    return sys.platform == "linux"


def starts_at_login() -> bool:
    """Say whether the tray starts at the next login."""
    try:
        return not _OFF.search(autostart_file().read_text("utf-8", "replace"))
    except OSError:
        return False


def start_at_login(wanted: bool) -> None:
    """Start the tray at login, or no longer; WriteFailed changes nothing."""
    path = autostart_file()
    if wanted:
        write_atomic(path, desktop_entry("run", "X-GNOME-Autostart-enabled=true").encode())
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise WriteFailed(path=str(path), reason=error.strerror or str(error)) from None


def _program() -> Path:
    own = Path(sys.executable)
    return own if getattr(sys, "frozen", False) else own.with_name("certtray")


def _quoted(path: Path) -> str:
    """Quote an argument of ``Exec``: by its own rule first, then by that of all strings, and no field codes."""
    argument = re.sub(r'(["`$\\])', r"\\\1", str(path))
    return '"' + argument.replace("\\", "\\\\").replace("%", "%%") + '"'
