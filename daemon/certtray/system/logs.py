"""The log: for the person who helps later, without personal numbers."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from certtray.core.masks import mask_numbers

LARGEST = 256 * 1024
"""Bytes after which the log begins anew at the next start; the former one is kept beside it."""


class _Redacted(logging.Formatter):
    """Masks personal numbers in messages and traces; secrets never reach a log call in the first place."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_numbers(super().format(record))


class _PrivateFile(logging.FileHandler):
    """Makes its file with the first line, readable by the user alone; without a home there is nothing to log yet.

    Where the disk refuses even the log, the command itself tells the person; a trace would only stand in the way.
    """

    def emit(self, record: logging.LogRecord) -> None:
        if Path(self.baseFilename).parent.is_dir():
            with suppress(OSError):  # of making the file
                super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # of writing to it
        del record

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        if path.exists() and path.stat().st_size > LARGEST:
            path.replace(path.with_suffix(".old.log"))
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8")


def start_log(path: Path) -> None:
    """Write what is worth keeping to ``path`` from now on."""
    handler = _PrivateFile(path, delay=True)
    handler.setFormatter(_Redacted("%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for chatty in ("httpx", "apscheduler"):  # httpx's info lines hold addresses
        logging.getLogger(chatty).setLevel(logging.WARNING)
