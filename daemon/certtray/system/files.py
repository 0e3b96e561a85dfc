"""Reading with a limit, and writing so that a crash leaves the old file or the new one, never half of one."""

from __future__ import annotations

import contextlib
import glob
import os
import sys
import tempfile
from pathlib import Path

from certtray.core.errors import FileMissing, FileTooLarge, FileUnreadable, WriteFailed

LIMIT = 8 * 1024 * 1024
"""Bytes; the largest certificate file a person holds is far below this."""

UNFINISHED = ".unfinished"
"""How the name of a file ends that ``write_atomic`` has not put in place yet."""


def read_limited(path: Path, limit: int = LIMIT) -> bytes:
    """Return the bytes of ``path``; FileMissing, FileUnreadable, or FileTooLarge above ``limit`` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise FileMissing(path=str(path)) from None
    except OSError as error:
        raise FileUnreadable(path=str(path), reason=error.strerror or str(error)) from None
    if len(data) > limit:
        raise FileTooLarge(path=str(path), size=path.stat().st_size, limit=limit)
    return data


def write_atomic(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` with mode 0600, file and folder on disk when this returns; WriteFailed changes nothing."""
    try:
        make_folder(path.parent)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=UNFINISHED, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)  # noqa: PTH105 - the one place that replaces
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise WriteFailed(path=str(path), reason=error.strerror or str(error)) from None


def remove_unfinished(path: Path) -> None:
    """Remove what a crash inside ``write_atomic(path, …)`` left beside ``path``; only while nobody else writes it."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*{UNFINISHED}"):
        with contextlib.suppress(OSError):  # what is wrong with the folder, writing will say
            left.unlink()


def make_folder(folder: Path) -> None:
    """Create ``folder`` and its parents with mode 0700 and make the new names durable; OSError as the system gives it."""
    missing = [folder, *folder.parents]
    missing = missing[: next(index for index, parent in enumerate(missing) if parent.is_dir())]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)
        sync_folder(parent.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename or a new name in ``folder`` durable. Windows has no such call and journals names itself."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
