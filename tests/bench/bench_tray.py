"""Budgets of the idle tray: memory, wake-ups and start to icon, beside programs people already run (issue 3)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter
from typing import NamedTuple

from tests.tray.host import Host
from tests.tray.panel import trayer
from tests.tray.rig import ROOT, bare_environment, end, program, screen, session_bus

IDLE_SECONDS = 60
SETTLE_SECONDS = 3
"""What a program does once after its start is not idling."""
STARTS = 7

OURS = """
import sys
from certtray.tray.app import TrayApp
from certtray.tray.icon import Mark
from certtray.tray.situation import Line, Situation
from certtray.watch.schedule import Schedule
line = Line("永豐金證券 還有 12 天到期", "certtray://flow/renew/" + 64 * "a", Mark.EXPIRING)
Schedule(lambda: None).start()
TrayApp(Situation("zh_TW", "有 1 件憑證的事要請您看一下", (line,)), print).run()
"""
ALONE = "\n".join(line for line in OURS.splitlines() if "Schedule" not in line)
BARE = """
import pystray
from PIL import Image
menu = pystray.Menu(pystray.MenuItem("Open", print, default=True), pystray.MenuItem("Quit", print))
pystray.Icon("bare", Image.new("RGB", (64, 64), "red"), "bare", menu).run()
"""
PYTHON = [sys.executable, "-c"]


class Row(NamedTuple):
    """One figure; ``budget`` is empty for a peer, which holds whatever it is."""

    what: str
    figure: float
    unit: str
    budget: str
    held: bool


def peer(what: str, figure: float, unit: str) -> Row:
    """A figure to compare with."""
    return Row(what, figure, unit, "", True)


def rows(seconds: float = IDLE_SECONDS) -> list[Row]:
    """Measure everything; idle times run side by side, about a minute and a half."""
    with TemporaryDirectory() as folder:
        environment = bare_environment(Path(folder)) | {
            "PYTHONPATH": os.pathsep.join([str(ROOT / "daemon"), str(ROOT)])
        }
        environment["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with screen(environment), session_bus(environment):  # services of the bus need the screen
            return [*starts(environment), *idle(environment, seconds)]


def starts(environment: dict[str, str]) -> list[Row]:
    """From the start of the process to its registration with a panel that is already there."""
    host = Host(environment["DBUS_SESSION_BUS_ADDRESS"])
    try:
        ours = median(list(start_times([*PYTHON, OURS], environment, host)))
        bare = median(list(start_times([*PYTHON, BARE], environment | {"PYSTRAY_BACKEND": "appindicator"}, host)))
    finally:
        host.close()
    return [
        Row("start to icon: CertTray, own StatusNotifierItem + APScheduler", ours, "s", "<= 0.5", ours <= 0.5),
        peer("start to icon: bare pystray, appindicator", bare, "s"),
    ]


def start_times(command: list[str], environment: dict[str, str], host: Host) -> Iterator[float]:
    """The first start, which compiles, is not counted: an installed program is compiled."""
    for number in range(STARTS + 1):
        begin = perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            host.wait_for_item()
            if number:
                yield perf_counter() - begin
        finally:
            end(process, kill=True)


def idle(environment: dict[str, str], seconds: float) -> list[Row]:
    """Memory and wake-ups of each, all waiting at the same time."""
    host = Host(environment["DBUS_SESSION_BUS_ADDRESS"])
    with trayer(environment):
        no_sni = environment | {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
        commands = {
            "CertTray, own StatusNotifierItem + APScheduler": ([*PYTHON, OURS], environment),
            "CertTray, own StatusNotifierItem alone": ([*PYTHON, ALONE], environment),
            "CertTray, XEmbed through GTK + APScheduler": ([*PYTHON, OURS], no_sni),
            "bare pystray, appindicator": ([*PYTHON, BARE], environment | {"PYSTRAY_BACKEND": "appindicator"}),
            "bare pystray, xorg": ([*PYTHON, BARE], environment | {"PYSTRAY_BACKEND": "xorg"}),
            "nm-applet": ([program("nm-applet"), "--indicator"], environment),
            "opensc-notify": ([program("opensc-notify")], environment),
        }
        with running(commands) as processes:
            wait(SETTLE_SECONDS)
            before = {name: switches(process.pid) for name, process in processes.items()}
            wait(seconds)
            found = [
                row
                for name, process in processes.items()
                for row in judge(name, memory(process.pid), woken_since(before[name], process.pid), seconds)
            ]
    host.close()
    return found


def judge(name: str, mebibytes: float, woken: int, seconds: float) -> list[Row]:
    """The budgets are of our own icon; GTK's memory is not ours to choose."""
    own = name.startswith("CertTray, own")
    a_minute = woken * 60 / seconds
    return [
        Row(f"PSS, idle: {name}", mebibytes, "MiB", "<= 40" if own else "", not own or mebibytes <= 40),
        Row(f"wake-ups a minute: {name}", a_minute, "", "<= 1" if own else "", not own or a_minute <= 1),
    ]


@contextmanager
def running(commands: dict[str, tuple[list[str], dict[str, str]]]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Run all; each must still be there at the end."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = {
        name: subprocess.Popen(command, env=environment, **quiet)  # type: ignore[call-overload]
        for name, (command, environment) in commands.items()
    }
    try:
        yield processes
        gone = [name for name, process in processes.items() if process.poll() is not None]
        assert not gone, f"ended by itself: {gone}"
    finally:
        for process in processes.values():
            end(process, kill=True)


wait: Callable[[float], object] = Event().wait
"""There is no event to wait for: the point is that nothing happens."""


def switches(pid: int) -> dict[str, int]:
    """How often each thread of it gave the processor up by itself, since its start."""
    counts = {}
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        counts[fields["Pid"]] = int(fields["voluntary_ctxt_switches"])
    return counts


def woken_since(before: dict[str, int], pid: int) -> int:
    """All threads that are there now; what one did that ended meanwhile is not known."""
    return sum(count - before.get(thread, 0) for thread, count in switches(pid).items())


def memory(pid: int) -> float:
    """MiB: its PSS as if no other Python ran, what it maps of Python counted in full."""
    python = (sys.base_prefix, sys.prefix)
    kibibytes, ours = 0, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, *rest = line.split()
        if not name.endswith(":"):
            ours = bool(rest) and rest[-1].startswith(python)
        elif name == ("Rss:" if ours else "Pss:"):
            kibibytes += int(rest[0])
    return kibibytes / 1024


def main() -> int:
    """Print the rows; the exit status says whether every budget held."""
    measured = rows()
    for row in measured:
        budget = f"   ({row.budget})" if row.budget else ""
        print(f"{'ok  ' if row.held else 'MISS'} {row.what:70} {row.figure:8.2f} {row.unit}{budget}")
    return 0 if all(row.held for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
