"""The tray's icon, drawn: a shape of its own for each state, so that nobody has to tell colours apart."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from itertools import pairwise

from PIL import Image, ImageDraw

GRID = 24
"""Shapes are written down on a square of 24 units, the common size of a panel's icons."""
FINER = 8
"""Drawn this many times larger and averaged down, which gives smooth edges at every size."""
SIZES = (16, 22, 24, 32, 48, 64)
"""Pixels; what panels ask for, at one and two times scale."""
WHITE = (255, 255, 255, 255)
CLEAR = (0, 0, 0, 0)
BADGE = (23, 33, 31, 255)

Colour = tuple[int, int, int, int]
Point = tuple[float, float]


class Mark(IntEnum):
    """How things stand; the greater, the more it wants to be seen."""

    WELL = 0
    EXPIRING = 1
    NEEDS_YOU = 2
    """Something waits for the person: a locked file, an unfinished operation, an error."""
    EXPIRED = 3


# A panel does not say whether it is light or dark. These have a contrast of at least 3:1 (WCAG 2.2, 1.4.11) against
# white and against the usual dark panels alike, so one set serves both and no guess can be wrong.
COLOURS: dict[Mark, Colour] = {
    Mark.WELL: (20, 138, 92, 255),
    Mark.EXPIRING: (196, 110, 0, 255),
    Mark.NEEDS_YOU: (47, 120, 212, 255),
    Mark.EXPIRED: (221, 58, 47, 255),
}


class _Sheet:
    """Draws in grid units on a square of ``size`` pixels."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._scale = size * FINER / GRID
        self._image = Image.new("RGBA", (size * FINER, size * FINER), CLEAR)
        self._pen = ImageDraw.Draw(self._image)

    def _at(self, points: tuple[Point, ...]) -> list[Point]:
        return [(x * self._scale, y * self._scale) for x, y in points]

    def area(self, colour: Colour, *points: Point) -> None:
        self._pen.polygon(self._at(points), fill=colour)

    def disc(self, colour: Colour, x: float, y: float, radius: float) -> None:
        self._pen.ellipse(self._at(((x - radius, y - radius), (x + radius, y + radius))), fill=colour)

    def slab(self, colour: Colour, left: float, top: float, right: float, bottom: float, round_: float) -> None:
        box = self._at(((left, top), (right, bottom)))
        self._pen.rounded_rectangle(box, round_ * self._scale, fill=colour)

    def stroke(self, colour: Colour, width: float, *points: Point) -> None:
        """A line with round ends and corners."""
        for begin, end in pairwise(self._at(points)):
            self._pen.line([begin, end], fill=colour, width=round(width * self._scale))
        for x, y in points:
            self.disc(colour, x, y, width / 2)

    def done(self) -> Image.Image:
        return self._image.resize((self._size, self._size), Image.Resampling.BOX)


def _well(sheet: _Sheet, colour: Colour) -> None:
    """A shield with a tick."""
    left = ((2.5, 4.5), (12, 1), (12, 23.2), (8, 21), (4.9, 17.6), (3, 13.5), (2.5, 10))
    sheet.area(colour, *left)
    sheet.area(colour, *((GRID - x, y) for x, y in left))
    sheet.stroke(WHITE, 2.6, (7.4, 12.2), (10.7, 15.5), (16.8, 8.6))


def _expiring(sheet: _Sheet, colour: Colour) -> None:
    """A clock."""
    sheet.disc(colour, 12, 12, 11)
    sheet.stroke(WHITE, 2.4, (12, 5.5), (12, 12.6), (16.6, 15.3))


def _needs_you(sheet: _Sheet, colour: Colour) -> None:
    """A speech bubble with an exclamation mark."""
    sheet.slab(colour, 1, 2, 23, 18.6, 4)
    sheet.area(colour, (5, 17), (12.5, 17), (5, 23.4))
    sheet.stroke(WHITE, 2.8, (12, 5.9), (12, 10.3))
    sheet.disc(WHITE, 12, 14.7, 1.6)


def _expired(sheet: _Sheet, colour: Colour) -> None:
    """A square on its corner with a cross."""
    near, far = 2.3, GRID - 2.3
    sheet.area(colour, (12, near), (far, 12), (12, far), (near, 12))
    sheet.stroke(colour, 3.4, (12, near), (far, 12), (12, far), (near, 12), (12, near))
    sheet.stroke(WHITE, 2.8, (8.9, 8.9), (15.1, 15.1))
    sheet.stroke(WHITE, 2.8, (15.1, 8.9), (8.9, 15.1))


_SHAPES: dict[Mark, Callable[[_Sheet, Colour], None]] = {
    Mark.WELL: _well,
    Mark.EXPIRING: _expiring,
    Mark.NEEDS_YOU: _needs_you,
    Mark.EXPIRED: _expired,
}

# Seven dots high: at these sizes whole pixels are legible where a font's outlines blur.
_DIGITS = {
    "2": (".##.", "#..#", "...#", "..#.", ".#..", "#...", "####"),
    "3": (".##.", "#..#", "...#", ".##.", "...#", "#..#", ".##."),
    "4": ("#..#", "#..#", "#..#", "####", "...#", "...#", "...#"),
    "5": ("####", "#...", "###.", "...#", "...#", "#..#", ".##."),
    "6": (".##.", "#...", "###.", "#..#", "#..#", "#..#", ".##."),
    "7": ("####", "...#", "..#.", "..#.", ".#..", ".#..", ".#.."),
    "8": (".##.", "#..#", "#..#", ".##.", "#..#", "#..#", ".##."),
    "9": (".##.", "#..#", "#..#", ".###", "...#", "...#", ".##."),
    "+": ("...", "...", ".#.", "###", ".#.", "...", "..."),
}


def draw(mark: Mark, count: int, size: int) -> Image.Image:
    """Return the icon, ``size`` pixels square, RGBA; two or more things get a badge with their number (``9+`` at most)."""
    sheet = _Sheet(size)
    _SHAPES[mark](sheet, COLOURS[mark])
    image = sheet.done()
    if count > 1:
        _badge(image, str(count) if count <= 9 else "9+")
    return image


def _badge(image: Image.Image, text: str) -> None:
    """Put ``text`` in the lower right corner, in whole pixels, with a clear edge around it."""
    size = image.width
    dot = max(1, round(size / 24))
    pad = dot if size < 22 else 2 * dot
    width = sum(len(_DIGITS[letter][0]) + 1 for letter in text) * dot - dot + 2 * pad
    height = 7 * dot + 2 * pad
    left, top = size - width, size - height
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((left - dot, top - dot, size + pad, size + pad), pad, fill=CLEAR)
    pen.rounded_rectangle((left, top, size - 1, size - 1), pad, fill=BADGE)
    x = left + pad
    for letter in text:
        for row, line in enumerate(_DIGITS[letter]):
            for column, filled in enumerate(line):
                if filled == "#":
                    corner = (x + dot * column, top + pad + dot * row)
                    pen.rectangle((*corner, corner[0] + dot - 1, corner[1] + dot - 1), fill=WHITE)
        x += dot * (len(_DIGITS[letter][0]) + 1)
