"""Where the sockets lie: in a folder that only this user can enter."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from certtray.core.errors import EndpointUnusable
from certtray.system.paths import Home

LONGEST_PATH = 103
"""Bytes: sun_path has 108 with its zero on Linux, 104 on macOS and BSD (unix(7), unix(4))."""

_LONGEST_NAME = len("/window.sock")


def socket_folder(home: Home) -> Path:
    """Return the folder for the sockets of ``home``, made if missing; EndpointUnusable where it is not ours alone.

    It lies in ``$XDG_RUNTIME_DIR``, else (unset, too long, not there) in the folder for temporary files.
    """
    mark = hashlib.sha256(os.fsencode(home.root)).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(runtime) / f"certtray-{mark}"
    if not (Path(runtime).is_absolute() and Path(runtime).is_dir() and _fits(folder)):
        folder = Path(tempfile.gettempdir()) / f"certtray-{os.getuid()}-{mark}"
    if not _fits(folder):
        raise EndpointUnusable(path=str(folder), reason=f"> {LONGEST_PATH} bytes")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise EndpointUnusable(path=str(folder), reason=error.strerror or str(error)) from None
    # In a folder everybody may write to, somebody may have been here first.
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise EndpointUnusable(path=str(folder), reason=f"uid {status.st_uid}, mode {status.st_mode:o}")
    return folder


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) + _LONGEST_NAME <= LONGEST_PATH
