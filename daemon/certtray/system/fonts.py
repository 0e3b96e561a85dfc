"""A font of this system that has Traditional Chinese letters."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from certtray.core.errors import NoFont

PACKAGE: Final = "fonts-noto-cjk"
_WINDOWS: Final = (("C:/Windows/Fonts/msjh.ttc", 0), ("C:/Windows/Fonts/mingliu.ttc", 0))
_MACOS: Final = (("/System/Library/Fonts/STHeiti Light.ttc", 0), ("/Library/Fonts/Arial Unicode.ttf", 0))


@dataclass(frozen=True, slots=True)
class Font:
    """A font file, and which of its fonts is meant where it is a collection."""

    path: Path
    index: int


def chinese_font() -> Font:
    """Return it; NoFont naming the package that has one."""
    if sys.platform in ("win32", "darwin"):
        known = _WINDOWS if sys.platform == "win32" else _MACOS
        found = [Font(Path(path), index) for path, index in known if Path(path).is_file()]
    else:
        found = _by_fontconfig()
    if not found:
        raise NoFont(package=PACKAGE)
    return found[0]


def _by_fontconfig() -> list[Font]:
    """Ask for the best match among fonts that know the language; fc-match alone would name one that does not."""
    listed, matcher = shutil.which("fc-list"), shutil.which("fc-match")
    if listed is None or matcher is None or not _lines(listed, ":lang=zh-tw", "file"):
        return []
    path, index = _lines(matcher, "-f", "%{file}\n%{index}\n", "sans:lang=zh-tw")[:2]
    return [Font(Path(path), int(index))]


def _lines(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)  # noqa: S603 - fontconfig's own
    return done.stdout.split("\n") if done.returncode == 0 and done.stdout.strip() else []
