"""Whether a program is using a file just now."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def in_use(file: Path) -> bool:
    """Return whether another process of this person has ``file`` open, as far as the system tells (Linux: /proc)."""
    if sys.platform != "linux":
        return False
    wanted, own = os.path.realpath(file), str(os.getpid())
    return any(_has_open(process, wanted) for process in os.listdir("/proc") if process.isdigit() and process != own)  # noqa: PTH208


def _has_open(process: str, wanted: str) -> bool:
    handles = f"/proc/{process}/fd"
    try:
        numbers = os.listdir(handles)  # noqa: PTH208  # thousands of them: strings are faster
    except OSError:  # somebody else's process, or one that ended meanwhile
        return False
    for number in numbers:
        try:
            if os.readlink(f"{handles}/{number}") == wanted:  # noqa: PTH115
                return True
        except OSError:
            continue
    return False
