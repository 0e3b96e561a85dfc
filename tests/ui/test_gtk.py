"""The engine users have on Linux, with real keys: the window opens, a locked file is read, it closes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageGrab
from tests.patience import SECONDS
from tests.tray.rig import until as eventually
from tests.ui.conftest import OLD_PASSWORD, World
from tests.ui.desktop import Desktop
from tests.ui.driver import close_window, wears, xdotool

from certtray.tray.icon import Mark, draw

BRAND = (11, 107, 92)
BAD_SOFT = (251, 230, 227)


def grab(desk: Desktop) -> Image.Image:
    """Return what is on the screen."""
    return ImageGrab.grab(xdisplay=desk.display).convert("RGB")


def until(desk: Desktop, seen: Callable[[Image.Image], bool]) -> Image.Image:
    """Wait until the screen shows something; nothing else tells what a foreign engine has painted."""
    end = time.monotonic() + SECONDS
    while not seen(picture := grab(desk)):
        assert time.monotonic() < end, "never seen"
        time.sleep(0.05)
    return picture


def count(picture: Image.Image, colour: tuple[int, int, int]) -> int:
    """Count the points of exactly one colour."""
    found = picture.getcolors(maxcolors=1 << 24) or []
    return sum(number for number, each in found if each == colour)


def test_a_file_is_read_by_keys_alone(desk: Desktop, world: World, tmp_path: Path) -> None:
    path = world.sample(world.certtray.folder / "user" / "Documents" / "a.pfx", 12)
    assert world.certtray.rows("list")[0]["next"] == "unlock"
    log = tmp_path / "window.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*world.certtray.command, "window"],
            env={**world.certtray.environment, **desk.environment, "PYWEBVIEW_GUI": "gtk"},
            stdout=written,
            stderr=written,
        )
    try:
        found = xdotool(
            desk.environment, "search", "--sync", "--onlyvisible", "--all", "--pid", str(process.pid), "--name", "."
        )
        assert any(wears(desk.environment, each, draw(Mark.WELL, 0, 64)) for each in found.split())
        until(desk, lambda picture: count(picture, BRAND) > 3000)  # the next action, which has the focus
        xdotool(desk.environment, "key", "Return")
        until(desk, lambda picture: count(picture, BRAND) > 7000)  # the question, with more of it than the page before
        xdotool(desk.environment, "type", "--delay", "20", "wrong")
        xdotool(desk.environment, "key", "Return")
        until(desk, lambda picture: count(picture, BAD_SOFT) > 5000)  # the error in the card
        xdotool(desk.environment, "key", "ctrl+a")
        xdotool(desk.environment, "type", "--delay", "20", OLD_PASSWORD)
        xdotool(desk.environment, "key", "Return")
        until(desk, lambda picture: count(picture, BAD_SOFT) < 1000)
        # The card shows no error any more before the file has been read to its end.
        rows = eventually(lambda: [row for row in world.certtray.rows("list") if row.get("mine")], "it is read")
        assert [row["days_left"] for row in rows] == [12]
        assert rows[0]["locations"][0]["path"] == str(path) or len(rows) > 1
        close_window(desk.environment, process.pid)
        assert process.wait(SECONDS) == 0
        assert "Traceback" not in log.read_text("utf-8", "replace")
        assert OLD_PASSWORD.encode() not in log.read_bytes()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
