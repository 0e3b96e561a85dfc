"""``python -m tests.flows.killer TRACE POINT certtray-arguments…``: the real program, killed at one named point.

Everything that changes the world outside the process is wrapped: what happens to files, what goes over TLS, what SQLite and a
token's worker are told. Each passage writes one line to TRACE, before and after, such as ``after replace operation.json 2`` (the
second one of this run); at the line that equals POINT the process kills itself as a power cut would.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import ssl
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from certtray.system.spawn import LiveChild

ID = re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")
TEMPORARY = re.compile(r"^\.(.+)\.[a-z0-9_]{8}\.unfinished$")
RANDOM_PART = re.compile("[0-9a-f]{16}")
"""Of a folder, or of a card's lock: a token made anew has another serial number."""


class Points:
    """Counts, writes and kills."""

    def __init__(self, trace: Path, kill_at: str) -> None:
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._kill_at = kill_at
        self._seen: Counter[str] = Counter()
        self.request = ""

    def at(self, what: str) -> None:
        """Pass one point."""
        self._seen[what] += 1
        line = f"{what} {self._seen[what]}"
        os.write(self._trace, f"{line}\n".encode())
        if line == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str, label: Callable[..., str]) -> None:
        """Wrap one primitive."""
        real = getattr(owner, name)

        def wrapped(*given: Any, **more: Any) -> Any:
            what = label(*given)
            if not what:
                return real(*given, **more)
            self.at(f"before {what}")
            result = real(*given, **more)
            self.at(f"after {what}")
            return result

        setattr(owner, name, wrapped)

    def connect_traced(self) -> None:
        """SQLite says what it is about to run."""
        connect: Any = sqlite3.connect

        def connected(*given: Any, **more: Any) -> Any:
            connection = connect(*given, **more)
            connection.set_trace_callback(lambda sql: self.at(f"before sql {' '.join(sql.split()[:3])}"))
            return connection

        vars(sqlite3)["connect"] = connected

    def sent(self, _socket: ssl.SSLSocket, data: bytes, *_more: Any) -> str:
        """Name what is sent by its request line."""
        head = bytes(data[:200]).split(b" HTTP/1.1")[0].decode("latin-1")
        head = head.replace(" /sinopac/", " /")  # the RAs share a door
        self.request = ID.sub("*", head) if head[:4] in ("GET ", "PUT ", "POST") else self.request
        return f"send {self.request}"

    def received(self, *_given: Any) -> str:
        """Name the first piece of each answer only: how it is cut into pieces changes from run to run."""
        what, self.request = self.request, ""
        return f"receive {what}" if what else ""


def name_of(path: Any) -> str:
    """Name a file, given by path or descriptor, without what is random in it."""
    full = Path(f"/proc/self/fd/{path}").readlink() if isinstance(path, int) else Path(os.fsdecode(path))
    if full.is_absolute() and not full.is_relative_to(Path.home().parent):
        return ""  # a library looking for a place to write
    name = TEMPORARY.sub(r"temporary \1", full.name)
    return RANDOM_PART.sub("(hash)", ID.sub("(operation)", name))


def wrap(points: Points) -> None:
    """Wrap all there is."""

    def label(verb: str, path: Any) -> str:
        name = name_of(path)
        return f"{verb} {name}" if name else ""

    for function in ("fsync", "unlink", "rmdir", "mkdir"):
        points.around(os, function, lambda path, *_, function=function: label(function, path))
    points.around(os, "replace", lambda _, target: label("replace", target))

    def opened(path: Any, flags: int, *_more: Any) -> str:
        return label("create", path) if flags & os.O_CREAT else ""

    points.around(os, "open", opened)
    points.around(ssl.SSLSocket, "send", points.sent)
    points.around(ssl.SSLSocket, "sendall", points.sent)
    points.around(ssl.SSLSocket, "recv", points.received)
    points.connect_traced()
    points.around(LiveChild, "call", lambda _, request, *__: f"token {request.get('do', 'load')}")


if __name__ == "__main__":
    wrap(Points(Path(sys.argv[1]), sys.argv[2]))
    from certtray.program.main import main

    sys.exit(main(sys.argv[3:]))
