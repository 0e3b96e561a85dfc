"""The computer itself: what it is (3-27, 4-24), its time zone, the folders that hold certificates, start at login."""

from __future__ import annotations

import ctypes
import os
import platform
import ssl
import stat
import struct
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from certtray.core.errors import CertTrayError
from certtray.core.secret import Secret
from certtray.crypto.files import read_certificates
from certtray.environment.finding import Finding, Fix, Level, Value, plain
from certtray.rules.profiles import config_folder
from certtray.system import autostart
from certtray.system.clouds import cloud_of
from certtray.system.files import read_limited

TAIWAN = timedelta(hours=8)


def system() -> Iterator[Finding]:
    """Yield what this computer is; nothing to be right or wrong about."""
    bits = struct.calcsize("P") * 8
    yield _told("os", f"{_os_name()} ({platform.machine()})")
    yield _told("desktop", os.environ.get("XDG_CURRENT_DESKTOP") or ("Windows" if os.name == "nt" else "–"))
    yield _told("display", _display())
    yield _told("python", f"{platform.python_version()} ({bits} bit)")
    yield _told("engine", _engine())
    yield _told("openssl", ssl.OPENSSL_VERSION)


def time_zone(now: datetime) -> Finding:
    """Dates are shown in Taiwan time wherever the computer is; another zone is worth knowing, not wrong."""
    offset = now.astimezone().utcoffset() or timedelta()
    level = Level.OK if offset == TAIWAN else Level.UNKNOWN
    hours = offset.total_seconds() / 3600
    return Finding("time_zone", level, plain("UTC+8"), plain(f"UTC{hours:+g}"))


def folders(places: Iterable[Path], home: Path) -> Iterator[Finding]:
    """Yield, for each folder that holds certificates, whether it can be written and whether a cloud copies it away.

    ``home`` is ours and must be closed to others.
    """
    mode = stat.S_IMODE(home.stat().st_mode) if os.name == "posix" else 0o700
    closed = not mode & 0o077
    yield Finding(
        "home_private",
        Level.OK if closed else Level.BAD,
        plain("0700"),
        plain(f"{mode:04o}"),
        fix=None if closed else Fix("home_private", str(home)),
    )
    for folder in dict.fromkeys([*places, home]):
        writable = may_write(folder)
        fix = Fix("folder_rights", str(folder)) if not writable and _is_own(folder) else None
        yield Finding(
            "folder_rights",
            Level.OK if writable else Level.BAD,
            Value("writable"),
            Value("writable" if writable else "read_only"),
            str(folder),
            fix,
        )
        cloud = cloud_of(folder)
        yield Finding(
            "cloud",
            Level.BAD if cloud else Level.OK,
            Value("not_synced"),
            plain(cloud) if cloud else Value("not_synced"),
            str(folder),
        )


def may_write(folder: Path) -> bool:
    """Whether files in ``folder`` can be replaced; by its mode too, which does not stop a superuser."""
    if os.name == "posix" and _is_own(folder):
        return stat.S_IMODE(folder.stat().st_mode) & 0o300 == 0o300 and os.access(folder, os.W_OK)
    return os.access(folder, os.W_OK | os.X_OK)


def start_at_login() -> Finding:
    """Whether the tray starts by itself."""
    if sys.platform != "linux":
        return Finding("autostart", Level.UNKNOWN, Value("on"), Value("not_told"))
    on = autostart.starts_at_login()
    level = Level.OK if on else Level.UNKNOWN
    return Finding("autostart", level, Value("on"), Value("on" if on else "off"), fix=None if on else Fix("autostart"))


def legacy() -> Finding:
    """Whether old PFX files can be read: one in RC2-40, made for this, through our own reader (FACTS.md 1.4)."""
    sample = config_folder() / "sample-rc2-40.pfx"
    try:
        read = read_certificates(read_limited(sample), str(sample), [Secret("certtray")]).holdings
        current = Value("readable") if read else Value("unreadable", {"reason": "–"})
    except CertTrayError as error:
        current = Value("unreadable", {"reason": error.code})
    return Finding("legacy", Level.OK if current.key == "readable" else Level.BAD, Value("readable"), current)


def _told(check: str, text: str) -> Finding:
    return Finding(f"system_{check}", Level.UNKNOWN, plain("–"), plain(text))


def _is_own(folder: Path) -> bool:
    return os.name == "posix" and folder.stat().st_uid == os.geteuid()


def _os_name() -> str:
    if sys.platform == "linux":
        try:
            return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
        except OSError:
            return "Linux"
    return f"{platform.system()} {platform.release()}"


def _display() -> str:
    if sys.platform != "linux":
        return "–"
    if not os.environ.get("DISPLAY"):
        return os.environ.get("WAYLAND_DISPLAY") or "–"
    from Xlib.display import Display
    from Xlib.error import DisplayError, XauthError

    try:
        display = Display()
    except (DisplayError, XauthError, OSError):
        return "–"
    screen = display.screen()
    found = f"{screen.width_in_pixels} × {screen.height_in_pixels}, {screen.root_depth} bit"
    display.close()
    return found


def _engine() -> str:
    """Return the web engine the window has."""
    found = []
    if sys.platform == "linux":
        for name in ("libwebkit2gtk-4.1.so.0", "libwebkit2gtk-4.0.so.37"):
            try:
                library = ctypes.CDLL(name)
            except OSError:
                continue
            parts = (getattr(library, f"webkit_get_{part}_version")() for part in ("major", "minor", "micro"))
            found.append("WebKitGTK " + ".".join(map(str, parts)))
            break
    for package in ("PySide6", "pywebview"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found) or "–"
