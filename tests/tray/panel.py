"""Real panels on a screen of one's own, looked at and clicked as a person does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageChops, ImageGrab

from certtray.tray.icon import COLOURS, Mark
from tests.patience import SECONDS
from tests.tray.rig import end, program, until

XFCE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="50"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="30"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray">
      <property name="known-legacy-items" type="array"/>
    </property>
  </property>
</channel>
"""


class Panel:
    """A panel that can be killed and started again."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._command, self._environment = command, environment
        self._log = Path(environment["XDG_RUNTIME_DIR"]) / "panel.log"
        self.start()

    def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, env=self._environment)

    def kill(self) -> None:
        """Kill it, as a crash would."""
        end(self._process, kill=True)

    def look(self) -> Image.Image:
        """Return what is on the screen."""
        return ImageGrab.grab(xdisplay=self._environment["DISPLAY"]).convert("RGB")

    def find(self, mark: Mark) -> tuple[int, int] | None:
        """Return the middle of the icon of ``mark``; None where it is not on the screen."""
        screen = self.look()
        red, green, blue = ImageChops.difference(screen, Image.new("RGB", screen.size, COLOURS[mark][:3])).split()
        furthest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        near = furthest.point(lambda distance: 255 * (distance <= 6))
        box = near.getbbox()
        if box is None or near.histogram()[255] < 40:
            return None
        return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2

    def icon(self, mark: Mark) -> tuple[int, int]:
        """Wait for the icon and return its middle."""
        found: tuple[int, int] = until(lambda: self.find(mark), f"an icon {mark.name}; see {self._log}")
        return found

    def gone(self, mark: Mark) -> None:
        """Wait until no such icon is on the screen."""
        until(lambda: self.find(mark) is None, f"no icon {mark.name}")

    def click(self, mark: Mark, button: int = 1) -> None:
        """Click the icon."""
        x, y = self.icon(mark)
        self.do("mousemove", str(x), str(y), "click", str(button))

    def choose(self, mark: Mark, number: int) -> None:
        """Open the menu with the right button and click the row ``number``, counted from its end, separators left out."""
        known = self.windows()
        self.click(mark, button=3)
        x, y = until(lambda: self._row(number, known), "a menu")
        self.do("mousemove", str(x), str(y), "click", "1")

    def _row(self, number: int, known: set[str]) -> tuple[int, int] | None:
        """Return the middle of a row of the menu that opened, all rows 28 pixels high."""
        for window in self.windows() - known:
            fields = dict(line.split("=") for line in self.do("getwindowgeometry", "--shell", window).split())
            left, top, width, height = (int(fields[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))
            if width > 100 and height > 100:
                return left + width // 2, top + height - 4 - 28 * number + 14
        return None

    def do(self, *words: str) -> str:
        """Move the mouse or press keys."""
        done = subprocess.run(
            [program("xdotool"), *words],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
        )
        return done.stdout

    def windows(self) -> set[str]:
        """Return the windows that are on the screen now."""
        found = subprocess.run(
            [program("xdotool"), "search", "--onlyvisible", "--name", ".*"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        return set(found.stdout.split())

    def close(self) -> None:
        """End it."""
        end(self._process)


@contextmanager
def xfce_panel(environment: dict[str, str]) -> Iterator[Panel]:
    """Run xfce4-panel, which hosts StatusNotifierItems."""
    folder = Path(environment["XDG_CONFIG_HOME"]) / "xfce4/xfconf/xfce-perchannel-xml"
    folder.mkdir(parents=True)
    (folder / "xfce4-panel.xml").write_text(XFCE, "utf-8")
    yield from _run([program("xfce4-panel"), "--disable-wm-check"], environment)


@contextmanager
def trayer(environment: dict[str, str]) -> Iterator[Panel]:
    """Run trayer, which takes XEmbed icons only."""
    placed = ["--edge", "top", "--align", "right", "--widthtype", "request", "--height", "30", "--SetDockType", "true"]
    yield from _run(
        [program("trayer"), *placed, "--tint", "0xf6f7f4", "--alpha", "0", "--transparent", "true"], environment
    )


def _run(command: list[str], environment: dict[str, Any]) -> Iterator[Panel]:
    panel = Panel(command, environment)
    try:
        yield panel
    finally:
        panel.close()
