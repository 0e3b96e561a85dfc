"""A small picture drawn with letters, two dots to a cell: the digits of a captcha on a terminal (2-04)."""

from __future__ import annotations

import io
import os
import sys
from typing import Final

COLUMNS: Final = 78
LARGEST: Final = 1_000_000
"""Dots; a picture of a few digits has a hundredth of this."""
_CELLS: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def drawn(png: bytes) -> str:
    """Return the picture as lines of half blocks, dark dots on a light ground; empty where it is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if picture.width * picture.height > LARGEST:
                return ""
            grey = picture.convert("L")
    except (UnidentifiedImageError, OSError, SyntaxError):
        return ""
    width = min(COLUMNS, grey.width)
    height = max(2, round(grey.height * width / grey.width / 2) * 2)
    small = grey.resize((width, height))
    middle = (min(small.tobytes()) + max(small.tobytes())) // 2
    dark = [[value < middle for value in small.tobytes()[row * width : (row + 1) * width]] for row in range(height)]
    pairs = zip(dark[::2], dark[1::2], strict=True)
    return "\n".join("  " + "".join(_CELLS[cell] for cell in zip(*pair, strict=True)).rstrip() for pair in pairs)


def on_a_desktop() -> bool:
    """Say whether a browser has somewhere to open a window; one for terminals would take ours."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
