"""A browser in a home of its own: started headless, and ended with everything it started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from cryptography import x509

MARK: Final = "CERTTRAY_BROWSER"
"""Every process of a browser inherits it: some leave their parent's session, so the session alone does not find them."""


class BrowserMissing(Exception):
    """It is not installed; says the Debian package."""

    def __init__(self, package: str) -> None:
        super().__init__(f"{package} is not installed (apt-get install {package})")


@dataclass(frozen=True)
class Site:
    """A site a browser is sent to: its address and its own certificate."""

    url: str
    certificate: x509.Certificate


@dataclass(frozen=True)
class Browser(ABC):
    """One browser in the home of one made-up person."""

    home: Path

    name: ClassVar[str]
    package: ClassVar[str]

    @classmethod
    def program(cls) -> str:
        """Return where it is; BrowserMissing."""
        found = shutil.which(cls.package)
        if found is None:
            raise BrowserMissing(cls.package)
        return found

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the home, the desktop or the bus of whoever runs us."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, "HOME": str(self.home)}

    @abstractmethod
    def prepare(self, site: Site) -> None:
        """Make it trust ``site`` and choose a certificate for it by itself."""

    @abstractmethod
    def command(self, url: str) -> list[str]:
        """Return the command line that opens ``url``."""

    @contextmanager
    def opened(self, url: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run it while the block runs; nothing of it is left afterwards."""
        mark = uuid.uuid4().hex
        process = subprocess.Popen(  # noqa: S603 - found on PATH on purpose
            [*self.command(url), *options],
            env={**self.environment, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process, mark)


def _end(process: subprocess.Popen[bytes], mark: str) -> None:
    """Ask it to end, then make it, then whatever of it went elsewhere."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    while left := _marked(mark):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def _marked(mark: str) -> list[int]:
    """Return the living processes that inherited ``mark``."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:  # it ended, or is not ours to read
            continue
    return found
