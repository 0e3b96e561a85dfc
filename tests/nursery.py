"""Starts reference RAs by forking: importing them takes longer than most tests, so one process does it once for all.

``nursery()`` is that process's client. A line ``[folder, port, log]`` starts a server, whose process id is the answer; the
server itself says ``[url, TLS root, CA root]`` when it listens. The end of stdin ends all.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

from tests.patience import SECONDS

ROOT: Final = Path(__file__).parents[1]


class Nursery:
    """The process, and what it is told."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(ROOT / "daemon"), os.environ.get("PYTHONPATH", "")])
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # so that what was not read can still be waited for
            cwd=ROOT,
            env={**environment, "PYTHONPATH": path},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._answers = self._process.stdin, self._process.stdout

    def start(self, folder: Path, port: int, log: Path) -> tuple[int, list[str]]:
        """Start an RA; return its pidfd, and what it says when it listens: nothing where it ended instead."""
        self._orders.write(json.dumps([str(folder), port, str(log)]).encode() + b"\n")
        process = os.pidfd_open(json.loads(self._answers.readline()))
        answers = self._answers.fileno()
        ready, _, _ = select.select([answers, process], [], [], SECONDS)
        return process, json.loads(self._answers.readline()) if answers in ready else []

    def end(self) -> None:
        """End it with all it started."""
        self._orders.close()
        self._process.wait(SECONDS)
        self._answers.close()


@cache
def nursery() -> Nursery:
    """Return the one of this process, which ends with it."""
    made = Nursery()
    atexit.register(made.end)
    return made


def end(process: int, number: int) -> None:
    """Send the RA of this pidfd a signal and wait for its end."""
    signal.pidfd_send_signal(process, number)
    assert select.select([process], [], [], SECONDS)[0], "the RA does not end"
    os.close(process)


def serve_for_others() -> None:
    """Fork a server for each line, until there are no more."""
    from certtray_sandbox.server import Connection, serve

    os.setpgid(0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for them

    def say(what: object) -> None:
        print(json.dumps(what), flush=True)

    def ready(connection: Connection) -> None:
        say([connection.url_of("sinopac"), str(connection.root_path), str(connection.ca_root_path)])

    while line := sys.stdin.buffer.readline():
        folder, port, log = json.loads(line)
        if child := os.fork():
            say(child)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
        try:
            serve(Path(folder), ready, port)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    serve_for_others()
