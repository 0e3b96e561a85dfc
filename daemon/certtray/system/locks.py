"""One process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certtray.core.errors import AlreadyRunning, WriteFailed
from certtray.system.files import make_folder


@contextmanager
def alone(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs; AlreadyRunning with ``what`` where another process does, WriteFailed."""
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=0, mode=0o600)
    try:
        make_folder(path.parent)
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(what=what) from None
    except OSError as error:
        raise WriteFailed(path=str(path), reason=error.strerror or str(error)) from None
    try:
        yield
    finally:
        lock.release()
