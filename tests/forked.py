"""Starts ``python -m certtray``, what the tests wrap it in, and RAs, by forking a process that has imported them.

Imports take longer than most procedures. What runs is the program's own main, in a process of its own with the descriptors,
words and environment it would have had; ``Popen`` starts anything else as ever. The children of a program come from the same
process, which is their parent, those of a window from the program's. ``/proc`` shows its words and environment: tests that
look there use ``subprocess.Popen``, and so does what shows how long a start takes.

One thing is not as it is for people: what is written under a password is stretched by ``ROUNDS`` instead of 600,000, which
would be most of the tests' time. Terminals, tours, the tray and the windows it opens, and what is started as ever have all.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
MODULES: Final = ("certtray", "tests.flows.killer", "tests.flows.hasty", "tests.served")
"""What may be run so: what changes the program only once it is imported."""
IMPORTED: Final = ("certtray", "keyring.backends.SecretService")
"""Packages with all that is in them, and modules."""
IMPORTED_BY_WINDOWS: Final = (*IMPORTED, "certtray_ui", "webview.platforms.qt")
"""Beside, in a process of their own: Qt is large. Nothing of it is begun before the fork."""
IMPORTED_BY_RAS: Final = ("certtray_sandbox", "anyio._backends._asyncio", "uvicorn.protocols.http.h11_impl")
LEFT_OUT: Final = (".tray", ".__main__")
"""The one wants a screen when it is imported, the other runs."""
UTF8: Final = {"PYTHONUTF8": "1"}
UNSEARCHED: Final = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
"""So that importing keyring looks for no backends: which there are is another matter in each child."""
ROUNDS: Final = 2048
"""As old brokers' files have."""
LARGEST: Final = 1 << 18
"""Bytes of words and environment."""


class Popen(subprocess.Popen[Any]):
    """As ``subprocess.Popen``; quick where nothing is asked for that a fork cannot give."""

    def __init__(self, command: list[str], **given: Any) -> None:
        usual = given.keys() <= {"stdin", "stdout", "stderr", "env", "text", "encoding"}
        environment = given.setdefault("env", dict(os.environ))
        # What an interpreter reads when it starts must be what the forked one has read.
        names = {name for name in environment if name.startswith(("PYTHON", "LD_"))} - UNSEARCHED.keys()
        read = {name: environment[name] for name in names}
        known = command[:2] == [sys.executable, "-m"] and command[2] in MODULES
        self._forked = usual and known and read == {**_import_path(), **UTF8}
        self._status: int | None = None
        super().__init__(command, **given)

    def _execute_child(self, *given: Any) -> None:
        if not self._forked:
            super()._execute_child(*given)  # type: ignore[misc]
            return
        command, environment, pipes = given[0], given[6], given[10:16]
        its = [pipes[0], pipes[3], pipes[5]]  # our ends lie between them
        self._status, status = os.pipe()
        try:
            self.pid = mother(_imported(command)).bear(command[2:], environment, [*map(_or_own, its, range(3)), status])
            self._child_created = True
        finally:
            os.close(status)
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if not self._forked:
            return super()._try_wait(wait_flags)  # type: ignore[misc,no-any-return]
        if self._status is None or (wait_flags & os.WNOHANG and not select.select([self._status], [], [], 0)[0]):
            return (0, 0)
        said = os.read(self._status, 16)
        os.close(self._status)
        self._status = None
        return (self.pid, int(said))

    def _internal_poll(self, *given: Any, **more: Any) -> int | None:
        if not self._forked:
            return super()._internal_poll(*given, **more)  # type: ignore[misc,no-any-return]
        if self.returncode is None and self._waitpid_lock.acquire(blocking=False):  # type: ignore[attr-defined]
            try:
                process, status = self._try_wait(os.WNOHANG)
                if process:
                    self._handle_exitstatus(status)  # type: ignore[attr-defined]
            finally:
                self._waitpid_lock.release()  # type: ignore[attr-defined]
        return self.returncode


def _import_path() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}


def _or_own(descriptor: int, own: int) -> int:
    return own if descriptor == -1 else descriptor


class Mother:
    """The process that is forked, seen from the tests or from what was forked."""

    def __init__(self, line: socket.socket, process: int = 0) -> None:
        self.process, self._line, self._lock = process, line, threading.Lock()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)

    @classmethod
    def started(cls, modules: Iterable[str], of_children: int = 0) -> Mother:
        """Start one that has imported ``modules``; it ends with this process.

        What it gives birth to has its own children of the one whose process is ``of_children``, 0 being itself.
        """
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(its.fileno()), str(of_children), *modules],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                cwd=ROOT,
                env={**_import_path(), **UTF8, **UNSEARCHED, "PATH": os.environ["PATH"]},
            )
        atexit.register(process.wait)
        atexit.register(ours.close)
        return cls(ours, process.pid)

    @classmethod
    def own(cls) -> Mother:
        """Return the one this process has its children of."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.connect(*_door)
        return cls(line)

    def bear(self, words: list[str], environment: dict[str, str], descriptors: list[int]) -> int:
        """Run a module with its words; descriptors: 0, 1, 2 and for its status. Return its process id."""
        order = json.dumps([str(Path.cwd()), words, environment]).encode()
        with self._lock:
            socket.send_fds(self._line, [order], descriptors)
            return int(self._line.recv(16))


@cache
def mother(imported: tuple[str, ...]) -> Mother:
    """Return the one of this process that has ``imported`` these; what was forked has one only."""
    if _door:
        return Mother.own()
    # Qt brings an NSS of its own into the process; a child that writes to a browser must load that browser's.
    return Mother.started(imported, 0 if imported == IMPORTED else mother(IMPORTED).process)


def _imported(command: list[str]) -> tuple[str, ...]:
    if command[2] == "tests.served":
        return IMPORTED_BY_RAS
    return IMPORTED_BY_WINDOWS if command[3:4] == ["window"] else IMPORTED


_door: list[bytes] = []
"""In a forked process the address of what forks its children, else nothing."""


def door_of(process: int) -> bytes:
    """Return the address at which what was forked orders children of a mother."""
    return b"\0certtray-tests-%d" % process


def bear(tests: socket.socket, of_children: int) -> list[str]:
    """Fork for each order of the tests and of what was forked; return in each child, with its words. When the tests end, all do."""
    door, own = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET), os.getpid()
    door.bind(door_of(own))
    door.listen()
    lines, running = [tests], dict[int, int]()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([woken, *(each.fileno() for each in (door, *lines))], [], [])
        if woken in ready:
            os.read(woken, 512)
            _tell_the_end_of(running)
        if door.fileno() in ready:
            lines.append(door.accept()[0])
        line = next((each for each in lines if each.fileno() in ready), None)
        if line is None:
            continue
        order, descriptors = _heard(line)
        if not order and line is tests:
            for each in running:
                os.kill(each, signal.SIGKILL)
            os._exit(0)
        if not order:
            lines.remove(line)
            line.close()
            continue
        if child := os.fork():
            running[child] = descriptors[3]
            for descriptor in descriptors[:3]:
                os.close(descriptor)
            with suppress(BrokenPipeError):  # who ordered it has been killed meanwhile
                line.send(str(child).encode())
            continue
        _door.append(door_of(of_children or own))
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        for descriptor in (*descriptors, woken, wake, *running.values()):
            os.close(descriptor)
        for each_line in (door, *lines):
            each_line.close()
        folder, words, environment = json.loads(order)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        return list(words)


def _heard(line: socket.socket) -> tuple[bytes, list[int]]:
    try:
        order, descriptors, _, _ = socket.recv_fds(line, LARGEST, 4)
    except ConnectionResetError:
        return b"", []
    return order, descriptors


def import_all(name: str) -> None:
    """Import a module and, of a package of ours, all its modules."""
    module = importlib.import_module(name)
    inside = getattr(module, "__path__", []) if name.startswith("certtray") else []
    for each in pkgutil.iter_modules(inside, f"{name}."):
        if not each.name.endswith(LEFT_OUT):
            import_all(each.name)


def leave(code: object) -> None:
    """End this process as Python does, but for taking apart what it has imported: half of a short procedure."""
    if not isinstance(code, int):
        raise SystemExit(code)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _tell_the_end_of(running: dict[int, int]) -> None:
    while running:
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            return
        teller = running.pop(process)
        with suppress(BrokenPipeError):  # nobody waits for it any more
            os.write(teller, str(status).encode())
        os.close(teller)


if __name__ == "__main__":
    line, of_children, *modules = sys.argv[1:]
    for name in modules:
        import_all(name)
    for name in ("seal", "pfx_write"):
        vars(importlib.import_module(f"certtray.crypto.{name}"))["ROUNDS"] = ROUNDS
    spawn = importlib.import_module("certtray.system.spawn")
    vars(spawn)["subprocess"] = SimpleNamespace(Popen=Popen, PIPE=subprocess.PIPE)  # its children are forked, too
    gc.freeze()
    module, *sys.argv[1:] = bear(socket.socket(fileno=int(line)), int(of_children))
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        leave(end.code)
