"""A desktop of its own for one test: a screen, a session bus that starts nothing by itself, real notification servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import SECONDS

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>{kind}</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
DUNST = """[global]
width = 480
height = 300
origin = top-right
offset = 20x20
font = Noto Sans CJK TC 12
format = "<b>%s</b>\\n%b"
markup = full
mouse_left_click = do_action, close_current
[urgency_normal]
timeout = 0
"""
DAEMONS = {"dunst": "dunst", "notification-daemon": "/usr/lib/notification-daemon/notification-daemon"}


class Desk:
    """``environment`` is what a program on this desktop sees."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        self.environment |= {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "LANG": "C.UTF-8",
            "NO_AT_BRIDGE": "1",
            "GSETTINGS_BACKEND": "memory",
            "PYTHONUTF8": "1",
        }
        self.services = folder / "services"
        """What the bus may start by itself: service files laid here before ``bus``."""
        self.services.mkdir(exist_ok=True)
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        """Start a program; it ends with the desktop."""
        assert shutil.which(command[0]), f"{command[0]} is missing: see installer/debian-packages.txt"
        with (self.folder / "programs.log").open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._processes.append(process)
        return process

    def run(self, *command: str | Path) -> str:
        """Run a program to its end and return what it printed."""
        done = subprocess.run(
            [str(word) for word in command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
        )
        return done.stdout.strip()

    def bus(self, kind: str = "session") -> str:
        """Start a bus and return its address."""
        socket, config = self.folder / f"{kind}-bus", self.folder / f"{kind}.conf"
        config.write_text(BUS.format(kind=kind, socket=socket, services=self.services))
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as ready:
            process = subprocess.Popen(
                ["dbus-daemon", f"--config-file={config}", "--nofork", f"--print-address={writing}"],
                pass_fds=[writing],
                env=self.environment,
            )
            os.close(writing)
            self._processes.append(process)
            assert ready.readline(), "dbus-daemon did not start"
        address = f"unix:path={socket}"
        self.environment[f"DBUS_{kind.upper()}_BUS_ADDRESS"] = address
        return address

    def screen(self) -> None:
        """Start an X server with a window manager."""
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as ready:
            size = ["-screen", "0", "1000x700x24", "-nolisten", "tcp"]
            self._processes.append(
                subprocess.Popen(
                    ["Xvfb", "-displayfd", str(writing), *size], pass_fds=[writing], stderr=subprocess.DEVNULL
                )
            )
            os.close(writing)
            self.environment["DISPLAY"] = f":{ready.readline().decode().strip()}"
        self.start("openbox")

    def notification_server(self, name: str) -> subprocess.Popen[bytes]:
        """Start dunst or notification-daemon and wait until it can be reached."""
        (self.folder / "dunstrc").write_text(DUNST)
        arguments = ["-print", "-conf", str(self.folder / "dunstrc")] if name == "dunst" else []
        process = self.start(DAEMONS[name], *arguments)
        self.run("gdbus", "wait", "--session", f"--timeout={SECONDS}", "org.freedesktop.Notifications")
        return process

    def window(self, window_class: str) -> str:
        """Wait for a visible window and return its id."""
        deadline = time.monotonic() + SECONDS
        while not (found := self._visible(window_class)):
            assert time.monotonic() < deadline, f"no window of {window_class}"
        return found[0]

    def _visible(self, window_class: str) -> list[str]:
        search = ["xdotool", "search", "--onlyvisible", "--class", window_class]
        done = subprocess.run(search, env=self.environment, capture_output=True, text=True, check=False)  # 1: none
        return done.stdout.split()

    def gone(self, window_class: str) -> None:
        """Wait until no window of this class is to be seen; one that is closed may first end the step under way."""
        deadline = time.monotonic() + SECONDS
        while self._visible(window_class):
            assert time.monotonic() < deadline, "still there"

    def painted(self, window_class: str) -> None:
        """Wait until something is written on a window: enough pixels that differ from its most frequent colour."""
        deadline = time.monotonic() + SECONDS
        while True:
            histogram = self.run("convert", f"x:{self.window(window_class)}", "-format", "%c", "histogram:info:")
            counts = [int(line.split(":")[0]) for line in histogram.splitlines()]
            if sum(counts) - max(counts) > 500:
                return
            assert time.monotonic() < deadline, "it stays empty"

    def printed(self) -> str:
        """What the programs wrote; dunst writes each notice it was sent."""
        return (self.folder / "programs.log").read_text("utf-8", "replace")

    def click(self, window: str, x: int, y: int) -> None:
        """Move the pointer into a window, from outside so that it notices, and press its left button."""
        self.run("xdotool", "mousemove", "500", "650")
        self.run("xdotool", "mousemove", "--window", window, "--sync", str(x), str(y), "click", "1")

    def press(self, window_class: str, x: int, y: int, heard: Callable[[], object]) -> None:
        """Click until it is ``heard``, as a person does: a window may be there before it listens."""
        self.painted(window_class)
        deadline = time.monotonic() + SECONDS
        while not heard():
            assert time.monotonic() < deadline, "no click arrived"
            if found := self._visible(window_class):
                self.click(found[0], x, y)
            again = time.monotonic() + 3
            while time.monotonic() < again and not heard():
                time.sleep(0.05)

    def picture(self, name: str) -> Path:
        """Take a picture of the screen."""
        path = self.folder / f"{name}.png"
        self.run("import", "-window", "root", path)
        return path

    def end(self) -> None:
        """End every program, the last first."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """A desktop for the length of the block; nothing runs on it yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    desktop = Desk(folder)
    try:
        yield desktop
    finally:
        desktop.end()
