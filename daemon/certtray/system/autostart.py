"""Starting the tray at login (freedesktop.org, Desktop Application Autostart Specification); Linux only."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from certtray.core.errors import WriteFailed

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
"""What every desktop entry of ours begins with."""


def autostart_file() -> Path:
    """What starts the tray at login."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "autostart" / "certtray.desktop"


def is_on() -> bool:
    """Whether the tray starts at login."""
    return autostart_file().is_file()


def switch(wanted: bool) -> None:
    """Start the tray at login, or no longer; WriteFailed."""
    path = autostart_file()
    try:
        if not wanted:
            path.unlink(missing_ok=True)
            return
        program = Path(sys.executable).with_name("certtray")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ENTRY + f'Exec="{program}" run\nX-GNOME-Autostart-enabled=true\n', "utf-8")
    except OSError as error:
        raise WriteFailed(path=str(path), reason=error.strerror or str(error)) from None
