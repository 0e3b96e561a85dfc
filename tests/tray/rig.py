"""A desktop of one's own for tests: a session bus, a screen, and the tray in a child process."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final

from certtray.tray.situation import Situation
from tests.patience import SECONDS
from tests.tray.child import encoded

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = {
    "dbus-daemon": "dbus",
    "Xvfb": "xvfb",
    "xfce4-panel": "xfce4-panel",
    "trayer": "trayer",
    "xdotool": "xdotool",
}


def program(name: str) -> str:
    """Return the path of a program; fails naming the package where it is not installed."""
    path = shutil.which(name)
    assert path, f"{name} is missing: apt-get install {PACKAGES.get(name, name)}"
    return path


def until(true: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Return the first true value of ``true``; for what sends no event (a screen being painted)."""
    end = monotonic() + seconds
    while monotonic() < end:
        if value := true():
            return value
        threading.Event().wait(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def end(process: subprocess.Popen[Any], *, kill: bool = False) -> None:
    """End a process we started and wait for it."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
    process.wait(SECONDS)


@contextmanager
def session_bus(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a private session bus on the address ``environment`` gets."""
    folder = Path(environment["XDG_RUNTIME_DIR"])
    environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={folder}/bus"
    command = [program("dbus-daemon"), "--session", "--nofork", "--nopidfile", "--print-address=1"]
    command.append(f"--address={environment['DBUS_SESSION_BUS_ADDRESS']}")
    with (folder / "bus.log").open("wb") as log:
        bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
    try:
        assert bus.stdout is not None
        assert bus.stdout.readline(), (folder / "bus.log").read_text("utf-8")
        yield bus
    finally:
        end(bus)
        if bus.stdout is not None:
            bus.stdout.close()


@contextmanager
def screen(environment: dict[str, str]) -> Iterator[None]:
    """Run an X server of 640 by 400 pixels on a free display."""
    read, write = os.pipe()
    command = [program("Xvfb"), "-displayfd", str(write), "-screen", "0", "640x400x24", "-nolisten", "tcp", "-noreset"]
    with (Path(environment["XDG_RUNTIME_DIR"]) / "xvfb.log").open("wb") as log:
        server = subprocess.Popen(command, pass_fds=(write,), stderr=log, env=environment)
    os.close(write)
    try:
        with os.fdopen(read) as numbers:
            environment["DISPLAY"] = f":{int(numbers.readline())}"
        yield
    finally:
        end(server)


def bare_environment(folder: Path) -> dict[str, str]:
    """Return an environment without any desktop, its own folders below ``folder``."""
    keep = ("PATH", "LANG", "PYTHONDONTWRITEBYTECODE", "COVERAGE_PROCESS_START")
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    for name in ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HOME"):
        (folder / name.lower()).mkdir(mode=0o700, parents=True, exist_ok=True)
        environment[name] = str(folder / name.lower())
    return environment | {"NO_AT_BRIDGE": "1", "GTK_CSD": "0", "GDK_BACKEND": "x11"}


class Tray:
    """The tray in a child process."""

    def __init__(self, situation: Situation, environment: dict[str, str], first_on_path: Path, *words: str) -> None:
        path = os.pathsep.join(map(str, [first_on_path, ROOT / "daemon", ROOT]))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.tray.child", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "PYTHONPATH": path},
            cwd=ROOT,
        )
        self._said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self.show(situation)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(json.loads(line))

    def show(self, situation: Situation) -> None:
        """Hand a situation over."""
        assert self.process.stdin is not None
        self.process.stdin.write(encoded(situation) + "\n")
        self.process.stdin.flush()

    def said(self, seconds: float = SECONDS) -> dict[str, Any]:
        """Return the next thing posted; queue.Empty when nothing is."""
        return self._said.get(timeout=seconds)

    def silent(self, seconds: float = 0.5) -> bool:
        """Say whether nothing is posted for ``seconds``."""
        try:
            self._said.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def stop(self) -> dict[str, Any]:
        """End by SIGTERM as a session does; return its last words, status 0 asserted."""
        self.process.terminate()
        assert self.process.wait(SECONDS) == 0
        return self.said()

    def close(self) -> None:
        """Leave nothing behind."""
        end(self.process, kill=True)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@contextmanager
def tray(situation: Situation, environment: dict[str, str], first_on_path: Path = ROOT) -> Iterator[Tray]:
    """Run the tray for the length of the block."""
    yield from _run(Tray(situation, environment, first_on_path))


@contextmanager
def patient_tray(situation: Situation, environment: dict[str, str]) -> Iterator[Tray]:
    """Run one that does not speak of a missing panel before the test has ended: a busy machine may be slow to start one."""
    yield from _run(Tray(situation, environment, ROOT, str(SECONDS)))


def _run(child: Tray) -> Iterator[Tray]:
    try:
        yield child
    finally:
        child.close()
