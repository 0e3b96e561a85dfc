"""A PC/SC service of one's own: pcscd with a virtual reader of two slots, in namespaces of its own.

vpcd listens on all interfaces, and nothing makes it stop that; so pcscd gets a network that has nothing but a loopback. As root
this needs no more; as a user, user namespaces must be allowed. Programs find it through ``Service.environment``.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from certtray_sandbox.cards.slot import Slot

PORT: Final = 0x8C7B
"""vpcd's own: two slots, on this port and the next."""
NAME: Final = "Yubico YubiKey OTP+FIDO+CCID"
"""ykcs11 looks for its maker's readers only; OpenSC takes any."""
DRIVER: Final = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
READERS: Final = f"""FRIENDLYNAME "{NAME}"
DEVICENAME /dev/null:0x{PORT:X}
LIBPATH {DRIVER}
CHANNELID 0x{PORT:X}
"""
_WANTED: Final = (
    "needs root, or user namespaces allowed (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone)"
)
SECONDS: Final = 20.0
"""Longest wait for an answer from within."""


class RigUnavailable(Exception):
    """This computer cannot run the rig; the text says what is missing."""


@dataclass
class Service:
    """A running service; ``stop`` and ``start`` are what an administrator or an update does to it."""

    folder: Path
    control: socket.socket
    slots: tuple[Slot, ...] = ()

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program must have in its environment to meet this service and no other."""
        return {"PCSCLITE_CSOCK_NAME": str(self.folder / "pcscd.comm")}

    def start(self) -> None:
        """Start pcscd; returns when it listens. RigUnavailable."""
        if self._say("start") != b"ok":
            log = self.folder / "pcscd.log"
            raise RigUnavailable(f"pcscd ended: {log.read_text('utf-8', 'replace')[-500:] if log.exists() else ''}")

    def stop(self) -> None:
        """Stop pcscd; every card is out then."""
        self._say("stop")
        for slot in self.slots:
            slot.remove()

    def line(self, port: int) -> socket.socket:
        """Return a socket to the slot at ``port``."""
        self.control.sendall(f"card {port}".encode())
        _, descriptors, _, _ = socket.recv_fds(self.control, 8, 1)
        if not descriptors:
            raise RigUnavailable("the reader takes no card")
        return socket.socket(fileno=descriptors[0])

    def _say(self, word: str) -> bytes:
        self.control.sendall(word.encode())
        return self.control.recv(8)


@contextmanager
def card_service() -> Iterator[Service]:
    """Run a service for the length of the block; RigUnavailable."""
    flags = "-mn" if os.geteuid() == 0 else "-Urmn"
    ours, theirs = socket.socketpair()
    ours.settimeout(SECONDS)
    # A short path of its own: a socket's must fit into 108 bytes.
    with TemporaryDirectory(prefix="cards-") as name, ours:
        folder = Path(name)
        (folder / "reader.conf").write_text(READERS, "ascii")
        inside = [sys.executable, "-m", "certtray_sandbox.cards.inside", str(theirs.fileno()), name]
        try:
            process = subprocess.Popen(  # noqa: S603
                ["unshare", flags, *inside],  # noqa: S607
                pass_fds=[theirs.fileno()],
                stderr=subprocess.PIPE,
            )
        finally:
            theirs.close()
        service = Service(folder, ours)
        service.slots = tuple(
            Slot(f"{NAME} 00 {at:02}", lambda port=PORT + at: service.line(port))  # type: ignore[misc]
            for at in range(2)
        )
        try:
            try:
                service.start()
            except OSError:
                process.kill()
                said = process.communicate()[1].decode("utf-8", "replace").strip()
                raise RigUnavailable(f"{_WANTED}: {said or 'no namespaces'}") from None
            yield service
        finally:
            for slot in service.slots:
                slot.remove()
            ours.close()
            process.communicate(timeout=SECONDS)
