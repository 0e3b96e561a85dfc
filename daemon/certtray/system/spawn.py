"""Child processes: a hidden subcommand, one JSON request in, JSON lines out, a deadline, and a kill."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, cast

from certtray.core.errors import ChildFailed
from certtray.core.secret import Secret

_lock, _ending = threading.Lock(), threading.Event()
_asked: set[subprocess.Popen[str]] = set()


def command(*arguments: str) -> list[str]:
    """Return the command line that runs this program again with ``arguments``."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "certtray", *arguments]


def ask_child(child: str, request: Mapping[str, Any], deadline: float) -> Iterator[dict[str, Any]]:
    """Run the hidden subcommand ``child`` and yield its answers; ChildFailed after ``deadline`` seconds or on a crash."""
    with _lock:
        if _ending.is_set():
            raise ChildFailed(child=child, reason="ending")
        process = subprocess.Popen(  # noqa: S603 - our own program
            command(child), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        _asked.add(process)
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
        _asked.discard(process)
        stdout.close()


def end_children() -> None:
    """Kill what ``ask_child`` runs on any thread, and let no more begin: for a process that ends, which they must not outlive."""
    with _lock:
        _ending.set()
        asked = tuple(_asked)
    for process in asked:
        process.kill()
        process.wait()


class LiveChild:
    """A child that answers one request after another, one JSON line each; ``end`` it, or use it as a context.

    Secrets follow their request as bare bytes, whose lengths the line says: so the child can read them into memory it wipes.
    """

    def __init__(self, child: str) -> None:
        self._child = child
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command(child), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> LiveChild:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def call(self, request: Mapping[str, Any], deadline: float, secrets: Sequence[Secret] = ()) -> dict[str, Any]:
        """Return the answer; ChildFailed after ``deadline`` seconds (reason ``time``) or on a crash, and the child is gone."""
        stdin, stdout = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        given = [secret.reveal().encode() for secret in secrets]
        late = threading.Timer(deadline, self._process.kill)
        late.daemon = True
        late.start()
        try:
            stdin.write(json.dumps({**request, "secrets": [len(each) for each in given]}).encode() + b"\n")
            for each in given:
                stdin.write(each)
            stdin.flush()
            answer = json.loads(stdout.readline())
        except (json.JSONDecodeError, BrokenPipeError, ValueError) as error:
            status = self.end()
            if not late.is_alive():
                raise ChildFailed(child=self._child, reason="time") from None
            reason = f"exit {status}" if status else type(error).__name__
            raise ChildFailed(child=self._child, reason=reason) from None
        finally:
            late.cancel()
        if not isinstance(answer, dict):
            self.end()
            raise ChildFailed(child=self._child, reason="answer")
        return answer

    def kill(self) -> None:
        """Kill the child, from any thread; a call under way fails."""
        self._process.kill()

    def end(self) -> int:
        """End the child if it still runs; return how it ended: its exit status, negative for a signal it died of before."""
        status = self._process.poll()
        self._process.kill()
        ended = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what was not sent is not sent
                    pipe.close()
        return ended if status is None else status
