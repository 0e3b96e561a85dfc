"""A token whose security officer unlocks it (openCryptoki's software token), in namespaces of its own. Needs root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from certtray_sandbox.cards.service import RigUnavailable

MODULE: Final = Path("/usr/lib/x86_64-linux-gnu/opencryptoki/libopencryptoki.so.0")
PIN, SO_PIN, LABEL = "12345670", "76543210", "security officer"
SLOT: Final = 3
"""Where Debian's settings have the software token."""
FACTORY_PIN: Final = "87654321"
"""The security officer's of every new one (openCryptoki's manual)."""
# Its daemon, shared memory and state belong to the machine: all of it is made anew in here, and ends with the shell.
SCRIPT: Final = f"""
for place in /var/lib/opencryptoki /var/lock /run /var/log; do mount -t tmpfs none $place; done
for place in /var/lib/opencryptoki/swtok/TOK_OBJ /run/lock/opencryptoki/swtok /var/lock/opencryptoki/swtok \
    /var/log/opencryptoki; do mkdir -p $place; done
for place in /var/lib/opencryptoki /run/lock/opencryptoki /var/lock/opencryptoki /var/log/opencryptoki; do
    chgrp -R pkcs11 $place; chmod -R 770 $place; done
pkcsslotd
echo '{LABEL}' | pkcsconf -I -c {SLOT} -S {FACTORY_PIN} >/dev/null
pkcsconf -P -c {SLOT} -S {FACTORY_PIN} -n {SO_PIN} >/dev/null
pkcsconf -u -c {SLOT} -S {SO_PIN} -n 00000000 >/dev/null
pkcsconf -p -c {SLOT} -U 00000000 -n {PIN} >/dev/null
echo ready
exec cat
"""


@dataclass(frozen=True, slots=True)
class OfficerToken:
    """A running one; a program started by ``inside`` and its own words sees it."""

    inside: tuple[str, ...]


@contextmanager
def officer_token() -> Iterator[OfficerToken]:
    """Run one for the length of the block; RigUnavailable."""
    if os.geteuid() != 0:
        raise RigUnavailable("openCryptoki's daemon needs root")
    process = subprocess.Popen(  # noqa: S603
        ["unshare", "-mipf", "--kill-child", "--mount-proc", "sh", "-ec", SCRIPT],  # noqa: S607
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101
        if process.stdout.readline().strip() != "ready":
            raise RigUnavailable(process.communicate()[1].strip() or "openCryptoki")
        first = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()[0]
        yield OfficerToken(("nsenter", "-t", first, "-m", "-i", "-p"))
    finally:
        process.kill()
        process.communicate()
