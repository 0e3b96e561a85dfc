"""Reading one file for the inventory; what is wrong with it becomes part of the observation."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from datetime import datetime

from certtray.core.errors import CertTrayError, DamagedFile, FileTooLarge, FileUnreadable
from certtray.core.secret import Secret
from certtray.crypto.content import FileContent
from certtray.inventory.codec import seconds
from certtray.inventory.db import Inventory
from certtray.inventory.model import READ_AGAIN, Observation, Problem, Stamp

LARGEST = 4 * 1024 * 1024
"""Bytes; certificate files are a thousandth of this, and reading goes through memory."""

SETTLED_SECONDS = 2
"""Age from which a time stamp tells a later change apart: FAT counts in steps of two seconds."""


Reader = Callable[[bytes, str, Sequence[Secret]], FileContent]
"""``certtray.crypto.files.read_certificates``: data, path, passwords to try; raises CertTrayError."""


def observe(
    path: str, stamp: Stamp, *, inventory: Inventory, read: Reader, now: datetime, passwords: Sequence[Secret]
) -> Observation:
    """Read one file whose ``stamp`` was taken before, so that a change in between shows next time."""
    if stamp.mtime_ns > (seconds(now) - SETTLED_SECONDS) * 1_000_000_000:
        stamp = stamp._replace(size=READ_AGAIN)  # it may change once more and keep size and time
    digest = None
    try:
        data = _bytes_of(path)
        digest = hashlib.sha256(data).hexdigest()
        if inventory.remembers(digest):
            return Observation(path, stamp, digest)
        content = _read(read, data, path, passwords)
    except CertTrayError as error:
        facts = {name: value for name, value in error.facts.items() if name != "path"}
        return Observation(path, stamp, digest, problem=Problem(error.code, facts))
    return Observation(path, stamp, digest, content)


def _read(read: Reader, data: bytes, path: str, passwords: Sequence[Secret]) -> FileContent:
    try:
        return read(data, path, passwords)
    except CertTrayError:
        raise
    except Exception as error:
        # A reader that fails on strange bytes in a way nobody foresaw must not keep all other files from being seen.
        raise DamagedFile(path=path, reason=type(error).__name__) from error


def _bytes_of(path: str) -> bytes:
    try:
        # A pipe that took the file's place must not block the scan.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise FileUnreadable(path=path, reason="not a regular file")
            if facts.st_size > LARGEST:
                raise FileTooLarge(path=path, size=facts.st_size, limit=LARGEST)
            return file.read(LARGEST)
    except OSError as error:
        raise FileUnreadable(path=path, reason=error.strerror or type(error).__name__) from None
