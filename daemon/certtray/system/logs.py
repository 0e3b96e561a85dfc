"""The log: for the person who helps later, without personal numbers."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from certtray.core.masks import mask_numbers


class Redacted(logging.Formatter):
    """Masks personal numbers in messages and traces; secrets never reach a log call in the first place."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the formatted record with every personal number masked."""
        return mask_numbers(super().format(record))


def start_log(path: Path) -> None:
    """Write warnings and worse to ``path``, at most 2 × 256 KiB."""
    handler = RotatingFileHandler(path, maxBytes=256 * 1024, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(Redacted("%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its info lines hold addresses
