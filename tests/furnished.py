"""Sandbox folders that are set up already, copied for each test: making six CAs' keys takes longer than most tests.

The place where revocation is published stands in the CAs' certificates, so a copy takes over a port that no other copy uses
at the same time. Passwords in them are hashed at the least cost, which only an RA made this way does.
"""

from __future__ import annotations

import atexit
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher

from certtray_sandbox.desks import DESKS
from certtray_sandbox.home import make_ra, prepare

PORTS: Final = range(20_000, 32_000)
"""Below those that systems give to clients, so that nobody is given ours between two tests."""

_idle: list[Path] = []
_claims: Final = ExitStack()
atexit.register(_claims.close)


@contextmanager
def furnished(folder: Path) -> Iterator[None]:
    """Put a sandbox with all RAs made into ``folder``; its port is ours for the length of the block. FileExistsError."""
    original = _idle.pop() if _idle else _make()
    try:
        shutil.copytree(original, folder)
        yield
    finally:
        _idle.append(original)


def _make() -> Path:
    made = tempfile.mkdtemp(prefix="certtray-furnished-")
    _claims.callback(shutil.rmtree, made)
    folder = Path(made) / "ra"
    (folder / "ca").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    (folder / "ca" / "port").write_text(str(_claim_port()))
    prepare(folder)
    for profile in DESKS:
        make_ra(folder, profile, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return folder


def _claim_port() -> int:
    for port in PORTS:
        # A name in the abstract space says to other runs of the tests that the port is taken; it goes with its process.
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0certtray-tests-port-{port}")
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            claim.close()
            continue
        _claims.enter_context(claim)
        return port
    raise AssertionError(f"all ports of {PORTS} are taken")
