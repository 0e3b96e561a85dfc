"""Child processes: a hidden subcommand, one JSON request in, JSON lines out, a deadline, and a kill."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import IO, Any, cast

from certtray.core.errors import ChildFailed


def command(*arguments: str) -> list[str]:
    """Return the command line that runs this program again with ``arguments``."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "certtray", *arguments]


def ask_child(child: str, request: Mapping[str, Any], deadline: float) -> Iterator[dict[str, Any]]:
    """Run the hidden subcommand ``child`` and yield its answers; ChildFailed after ``deadline`` seconds or on a crash."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        command(child), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
    late = threading.Timer(deadline, process.kill)
    late.daemon = True
    late.start()
    try:
        with stdin:
            json.dump(request, stdin)
        for line in stdout:
            yield json.loads(line)
        status = process.wait()
        if status != 0:
            raise ChildFailed(child=child, reason="time" if not late.is_alive() and status < 0 else f"exit {status}")
    except (json.JSONDecodeError, BrokenPipeError) as error:
        raise ChildFailed(child=child, reason=type(error).__name__) from None
    finally:
        late.cancel()
        process.kill()
        process.wait()
        stdout.close()
