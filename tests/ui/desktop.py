"""A screen of its own: an X server, a session bus and a window manager, ended by their process ids."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE = "1280x800x24"


@dataclass(frozen=True)
class Desktop:
    """What a program needs to stand on this screen."""

    display: str
    runtime: Path
    bus: str

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables of a session here."""
        return {
            "DISPLAY": self.display,
            "XDG_RUNTIME_DIR": str(self.runtime),
            "DBUS_SESSION_BUS_ADDRESS": self.bus,
            "NO_AT_BRIDGE": "1",
            "GTK_A11Y": "none",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }


def program(name: str, package: str) -> str:
    """Return the path of a system program; a missing one fails the test, naming its package."""
    found = shutil.which(name)
    assert found, f"{name} is missing: apt-get install {package}"
    return found


@contextmanager
def desktop(folder: Path) -> Iterator[Desktop]:
    """Run a desktop in ``folder`` for the length of the block."""
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, parents=True)
    with ExitStack() as stack:
        said, number = os.pipe()
        _start(
            stack,
            folder,
            program("Xvfb", "xvfb"),
            "-displayfd",
            str(number),
            "-screen",
            "0",
            SIZE,
            "-nolisten",
            "tcp",
            pass_fd=number,
        )
        os.close(number)
        with os.fdopen(said) as line:
            display = f":{line.readline().strip()}"
        assert display != ":", (folder / "Xvfb.log").read_text()
        said, number = os.pipe()
        _start(
            stack,
            folder,
            program("dbus-daemon", "dbus"),
            "--session",
            "--nofork",
            f"--print-address={number}",
            pass_fd=number,
        )
        os.close(number)
        with os.fdopen(said) as line:
            bus = line.readline().strip()
        made = Desktop(display, runtime, bus)
        _start(stack, folder, program("openbox", "openbox"), environment=made.environment)
        yield made


def _start(
    stack: ExitStack,
    folder: Path,
    name: str,
    *arguments: str,
    pass_fd: int | None = None,
    environment: dict[str, str] | None = None,
) -> None:
    log = stack.enter_context((folder / f"{Path(name).name}.log").open("wb"))
    process = subprocess.Popen(
        [name, *arguments],
        stdout=log,
        stderr=log,
        pass_fds=() if pass_fd is None else (pass_fd,),
        env={**os.environ, **(environment or {})},
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
