"""The reference RA in a child process, for every room's tests.

with reference_ra(tmp_path / "ra") as ra:
    client = RaIssuer(ra.url, ra.tls_root, ra.clock)
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from certtray_sandbox import back_office, counter
from certtray_sandbox.clock import folder_clock, put_forward
from certtray_sandbox.outbox import Message, outbox
from tests import forked
from tests.furnished import furnished
from tests.patience import SECONDS


@dataclass
class ReferenceRa:
    """The RAs over one folder; they can be stopped, killed and started again on the same port."""

    folder: Path
    url: str = ""
    """Of sinopac's; ``url_of`` knows the others."""
    tls_root: Path = Path()
    ca_root: Path = Path()
    _process: forked.Popen | None = field(default=None, repr=False)

    @property
    def log_file(self) -> Path:
        """The server's log, one line per request, over all its runs."""
        return self.folder.with_suffix(".log")

    def start(self) -> None:
        """Start the server and wait until it listens."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.served", str(self.folder), str(urlsplit(self.url).port or 0)]
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        with self.log_file.open("ab") as log:
            self._process = forked.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env={**kept, **forked.UTF8}
            )
        assert self._process.stdout is not None
        with self._process.stdout as said:
            ready, _, _ = select.select([said], [], [], SECONDS)
            line = said.readline() if ready else b""
        assert line, f"the RA did not start:\n{self.log_file.read_text('utf-8')}"
        self.url, tls_root, ca_root = json.loads(line)
        self.tls_root, self.ca_root = Path(tls_root), Path(ca_root)

    def stop(self, *, kill: bool = False) -> None:
        """End the server by SIGTERM, or by SIGKILL as a power cut would."""
        if self._process is None:
            return
        process, self._process = self._process, None
        (process.kill if kill else process.terminate)()
        process.wait(SECONDS)

    def restart(self, *, kill: bool = False) -> None:
        """Stop and start on the same port with the same folder."""
        self.stop(kill=kill)
        self.start()

    def clock(self) -> datetime:
        """Return the RA's time, aware UTC."""
        return folder_clock(self.folder)()

    def put_forward(self, by: timedelta) -> None:
        """Move the RA's clock."""
        put_forward(self.folder, by)

    def outbox(self) -> list[Message]:
        """Return every message sent, oldest first."""
        return outbox(self.folder)

    def last_code(self) -> str:
        """Return the newest one-time code."""
        return self.outbox()[-1].code

    def url_of(self, profile: str) -> str:
        """Return the address of the RA of an issuer profile."""
        return self.url.replace("/sinopac", f"/{profile}")

    def hold(self, profile: str = "sinopac") -> None:
        """Keep accepted enrollments pending (6025)."""
        back_office.hold(self.folder, profile)

    def release(self, profile: str = "sinopac") -> None:
        """Let pending enrollments be issued."""
        back_office.release(self.folder, profile)

    def registered(self, profile: str, person: str, **form: Any) -> Message:
        """Have the counter register ``person`` and approve; return the slip with account and first password."""
        number = counter.register(self.folder, profile, person, **form)
        counter.approve(self.folder, profile, number)
        return [message for message in self.outbox() if "帳號" in message.text and message.person == person][-1]

    def requests_seen(self) -> int:
        """Count the requests in the server's log."""
        return self.log_file.read_text("utf-8").count(" HTTP/1.1")


@contextmanager
def reference_ra(folder: Path) -> Iterator[ReferenceRa]:
    """Run an RA in ``folder`` (furnished if missing; its log is beside it) for the length of the block."""
    ra = ReferenceRa(folder)
    with nullcontext() if folder.exists() else furnished(folder):
        ra.start()
        try:
            yield ra
        finally:
            ra.stop(kill=True)
