"""Runs within namespaces of its own: pcscd on a loopback nobody else has, and sockets to it handed out (see ``service``).

``python -m certtray_sandbox.cards.inside DESCRIPTOR FOLDER`` obeys one word at a time on the socket DESCRIPTOR and ends,
with pcscd, when the other end is closed: even a killed rig leaves nothing behind.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Final

SET_FLAGS: Final = 0x8914
UP_AND_RUNNING: Final = 0x41
READY: Final = b"daemon ready"
RUN: Final = Path("/run/pcscd")


def main(descriptor: int, folder: Path) -> None:
    """Serve until the other end closes."""
    _prepare(folder)
    daemon: subprocess.Popen[bytes] | None = None
    with socket.socket(fileno=descriptor) as control, (folder / "pcscd.log").open("ab") as log:
        try:
            while word := control.recv(64):
                match word.decode().split():
                    case ["start"]:
                        daemon = _start(folder, log)
                        control.sendall(b"ok" if daemon else b"no")
                    case ["stop"]:
                        _stop(daemon)
                        daemon = None
                        control.sendall(b"ok")
                    case ["card", port]:
                        with socket.create_connection(("127.0.0.1", int(port))) as line:
                            socket.send_fds(control, [b"ok"], [line.fileno()])
        finally:
            _stop(daemon)


def _prepare(folder: Path) -> None:
    """Bring the loopback up and give pcscd its folder in this mount namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP_AND_RUNNING))
    if not RUN.is_dir():
        subprocess.run(["mount", "-t", "tmpfs", "none", RUN.parent], check=True)  # noqa: S603, S607
        RUN.mkdir()
    subprocess.run(["mount", "--bind", folder, RUN], check=True)  # noqa: S603, S607


def _start(folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes] | None:
    """Start pcscd and return it when it listens; None where it ended instead."""
    daemon = subprocess.Popen(  # noqa: S603
        ["pcscd", "--foreground", "--info", "--config", folder / "reader.conf"],  # noqa: S607
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert daemon.stdout is not None  # noqa: S101
    for line in daemon.stdout:
        log.write(line)
        if READY in line:
            threading.Thread(target=_pump, args=(daemon.stdout, log), daemon=True).start()
            return daemon
    daemon.wait()
    return None


def _pump(lines: IO[bytes], log: IO[bytes]) -> None:
    for line in lines:
        log.write(line)
        log.flush()


def _stop(daemon: subprocess.Popen[bytes] | None) -> None:
    if daemon is not None:
        daemon.terminate()
        daemon.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
