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

from certtray_sandbox.cards.service import card_service
from tests.bench.row import Row
from tests.notify.desk import desk
from tests.token.conftest import fine_card
from tests.tray.host import Host
from tests.tray.panel import trayer
from tests.tray.rig import ROOT, bare_environment, end, program, screen, session_bus, until
from tests.watch.logind import Logind

IDLE_SECONDS = 60
SETTLE_SECONDS = 15
"""What a program does once after its start is not idling."""
STARTS = 7

OURS = [sys.executable, "-m", "certtray", "run"]
BARE = """
import pystray
from PIL import Image
menu = pystray.Menu(pystray.MenuItem("Open", print, default=True), pystray.MenuItem("Quit", print))
pystray.Icon("bare", Image.new("RGB", (64, 64), "red"), "bare", menu).run()
"""
PYTHON = [sys.executable, "-c"]


def measured(what: str, figure: float, unit: str, budget: str, held: bool) -> Row:
    """A figure with a budget."""
    return Row(what, figure, None, None, budget, held, unit)


def peer(what: str, figure: float, unit: str) -> Row:
    """A figure to compare with."""
    return measured(what, figure, unit, "", True)


def rows(seconds: float = IDLE_SECONDS) -> list[Row]:
    """Measure everything; idle times run side by side, about a minute and a half."""
    with TemporaryDirectory() as folder:
        environment = bare_environment(Path(folder)) | {
            "PYTHONPATH": os.pathsep.join([str(ROOT / "daemon"), str(ROOT)])
        }
        environment["CERTTRAY_HOME"] = str(Path(folder) / "certtray")
        environment["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with (
            system_bus(environment),
            screen(environment),
            session_bus(environment),  # its services need the screen
            card_service() as service,
        ):
            environment |= service.environment
            started = starts(environment)
            service.slots[0].insert(fine_card(Path(folder))[0])  # from here on a card is in a reader that is watched
            return [*started, *idle(environment, seconds)]


@contextmanager
def system_bus(environment: dict[str, str]) -> Iterator[None]:
    """Run a system bus with a logind that stays silent, as on a real desktop; programs in ``environment`` use it."""
    with desk(Path(environment["XDG_RUNTIME_DIR"]) / "system") as computer:
        environment["DBUS_SYSTEM_BUS_ADDRESS"] = address = computer.bus("system")
        logind = Logind(address=address)
        try:
            yield
        finally:
            logind.end()


def starts(environment: dict[str, str]) -> list[Row]:
    """From the start of the process to its registration with a panel that is already there."""
    host = Host(environment["DBUS_SESSION_BUS_ADDRESS"])
    try:
        ours = median(list(start_times(OURS, environment, host)))
        bare = median(list(start_times([*PYTHON, BARE], environment | {"PYSTRAY_BACKEND": "appindicator"}, host)))
    finally:
        host.close()
    return [
        measured("start to icon: CertTray, own StatusNotifierItem", ours, "s", "<= 0.5", ours <= 0.5),
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
        no_sni["CERTTRAY_HOME"] += "-2"  # one tray for each home
        no_cards = environment | {"PCSCLITE_CSOCK_NAME": "/nonexistent"}
        no_cards["CERTTRAY_HOME"] += "-3"
        commands = {
            # A program that waits in libpcsclite was seen to wake once a minute: beside our tick that makes two.
            "CertTray, own StatusNotifierItem, all watchers": (OURS, environment),
            "CertTray, own StatusNotifierItem, no card service": (OURS, no_cards),
            "CertTray, XEmbed through GTK, all watchers": (OURS, no_sni),
            "bare pystray, appindicator": ([*PYTHON, BARE], environment | {"PYSTRAY_BACKEND": "appindicator"}),
            "bare pystray, xorg": ([*PYTHON, BARE], environment | {"PYSTRAY_BACKEND": "xorg"}),
            "nm-applet": ([program("nm-applet"), "--indicator"], environment),
            "opensc-notify": ([program("opensc-notify")], environment),
        }
        with running(commands) as processes:
            wait(SETTLE_SECONDS)
            for process in processes.values():
                until(lambda pid=process.pid: not children(pid), "what it started has ended")  # type: ignore[misc]
            wait(SETTLE_SECONDS)  # whoever uses a card wakes all that watch its reader
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
        measured(f"PSS, idle: {name}", mebibytes, "MiB", "<= 40" if own else "", not own or mebibytes <= 40),
        measured(
            f"wake-ups a minute, system bus there: {name}",
            a_minute,
            "",
            "<= 1" if own else "",
            not own or a_minute <= 1,
        ),
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


def children(pid: int) -> list[str]:
    """Which processes it has started that still run."""
    return [each for task in Path(f"/proc/{pid}/task").glob("*/children") for each in task.read_text().split()]


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
