"""The icon: told apart without colour, seen on every panel, its number legible."""

from __future__ import annotations

from itertools import combinations

import pytest
from PIL import Image, ImageChops

from certtray.tray.icon import COLOURS, SIZES, Mark, draw

LIGHT, DARK = (255, 255, 255), (46, 46, 46)


def luminance(colour: tuple[int, ...]) -> float:
    """WCAG 2.2's relative luminance, sRGB."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (n / 255 for n in colour[:3])
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """WCAG 2.2's contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def silhouette(image: Image.Image) -> Image.Image:
    """Where the icon is, and nothing of its colour."""
    return image.getchannel("A").point(lambda alpha: 255 * (alpha > 127))


def share(mask: Image.Image) -> float:
    """The part of ``mask`` that is set."""
    return mask.histogram()[255] / (mask.width * mask.height)


@pytest.mark.parametrize("mark", Mark)
def test_seen_on_light_and_dark_panels_and_its_sign_on_it(mark: Mark) -> None:
    assert contrast(COLOURS[mark], LIGHT) >= 3
    assert contrast(COLOURS[mark], DARK) >= 3


@pytest.mark.parametrize("size", SIZES)
def test_shapes_differ_without_colour(size: int) -> None:
    for one, other in combinations(Mark, 2):
        outlines = ImageChops.difference(silhouette(draw(one, 0, size)), silhouette(draw(other, 0, size)))
        assert share(outlines) > 0.08, (one, other)
    signs = [draw(mark, 0, size).convert("L").point(lambda grey: 255 * (grey > 190)) for mark in Mark]
    for sign, second in combinations(signs, 2):
        assert share(ImageChops.difference(sign, second)) > 0.03


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mark", Mark)
def test_fills_its_square_and_leaves_the_corner_clear(mark: Mark, size: int) -> None:
    image = draw(mark, 0, size)
    assert (image.size, image.mode) == ((size, size), "RGBA")
    left, top, right, bottom = silhouette(image).getbbox() or (0, 0, 0, 0)
    assert right - left >= 0.75 * size
    assert bottom - top >= 0.85 * size
    assert image.getpixel((0, 0))[3] < 128  # type: ignore[index]  # a pixel of four parts
    assert share(silhouette(image)) > 0.4


@pytest.mark.parametrize("size", SIZES)
def test_numbers_differ_and_one_has_none(size: int) -> None:
    assert draw(Mark.EXPIRED, 1, size).tobytes() == draw(Mark.EXPIRED, 0, size).tobytes()
    badges = [draw(Mark.EXPIRED, count, size).tobytes() for count in range(1, 11)]
    assert len(set(badges)) == 10
    assert draw(Mark.EXPIRED, 500, size).tobytes() == badges[-1], "9+ from ten on"
