"""Budget of the window: from the start of the process to the first paint, against a bare pywebview window.

Both are looked at from outside, as points of their colour on a screen of their own (Xvfb, GTK/WebKit, as users have it).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from PIL import ImageGrab

from tests.bench.row import Row
from tests.faces import Program
from tests.ui.desktop import Desktop, desktop

TRIES = 7
BUDGET = 1.5
BRAND = (11, 107, 92)
"""The colour of the next action: the overview is painted, not only its background."""
BARE = """
import webview
webview.create_window("bare", html="<!doctype html><body style='background: #0b6b5c'><h1>bare</h1>")
webview.start()
"""


def rows(tries: int = TRIES) -> list[Row]:
    """Measure both, in turns; about half a minute."""
    with TemporaryDirectory() as name, desktop(Path(name) / "desk") as desk:
        certtray = Program(Path(name))
        documents = Path(name) / "user" / "Documents"
        documents.mkdir(parents=True)
        sample = ("--id", "A123456789", "--days", "12")
        for number in range(3):
            made = certtray.run("sandbox", "sample", documents / f"{number}.pfx", *sample, typed="pw\n")
            assert made.returncode == 0, made.stderr
        certtray.run("list")
        ours, bare = [*certtray.command, "window"], [sys.executable, "-c", BARE]
        for command in (ours, bare):
            first_paint(command, desk, certtray)  # once for the system's caches
        pairs = [(first_paint(ours, desk, certtray), first_paint(bare, desk, certtray)) for _ in range(tries)]
    figure, peer = (sorted(each)[tries // 2] for each in zip(*pairs, strict=True))
    what = "start to first paint of the overview, against a bare pywebview window"
    return [Row(what, figure, peer, figure / peer, f"<= {BUDGET}x", figure <= BUDGET * peer)]


def first_paint(command: Sequence[str], desk: Desktop, certtray: Program) -> float:
    """Return the seconds until something of the colour is on the screen; the process is ended then."""
    environment = {**certtray.environment, **desk.environment, "PYWEBVIEW_GUI": "gtk"}
    while brand_points(desk):  # the last one is still closing
        sleep(0.01)
    begin = perf_counter()
    process = subprocess.Popen([*command], env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        while not brand_points(desk):
            assert process.poll() is None, f"{command} ended"
            assert perf_counter() < begin + 60, f"{command} painted nothing"
        return perf_counter() - begin
    finally:
        process.kill()
        process.wait()


def brand_points(desk: Desktop) -> bool:
    """Whether the screen shows the colour; about 10 ms."""
    picture = ImageGrab.grab(xdisplay=desk.display).convert("RGB")
    found = picture.getcolors(maxcolors=1 << 24) or []
    return any(number > 500 and colour == BRAND for number, colour in found)


def main() -> int:
    """Print the rows; the exit status says whether the budget held."""
    measured = rows()
    for row in measured:
        assert row.peer is not None and row.ratio is not None
        print(
            f"{'ok ' if row.held else 'MISS'} {row.what} {row.figure:.2f} s, peer {row.peer:.2f} s, {row.ratio:.2f}x ({row.budget})"
        )
    return 0 if all(row.held for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
