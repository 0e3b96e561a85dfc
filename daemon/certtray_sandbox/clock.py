"""The RA's clock: the machine's, plus whatever a test or a demonstration has put it forward by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]
FILE = "clock-offset"


def folder_clock(folder: Path) -> Clock:
    """Return a clock (aware UTC) that follows ``put_forward`` even while the server runs in another process."""
    path = folder / FILE

    def now() -> datetime:
        offset = float(path.read_text("ascii")) if path.exists() else 0.0
        return datetime.now(UTC) + timedelta(seconds=offset)

    return now


def put_forward(folder: Path, by: timedelta) -> None:
    """Move the clock of the RA in ``folder`` by ``by``, relative to where it stands."""
    path = folder / FILE
    offset = float(path.read_text("ascii")) if path.exists() else 0.0
    fresh = path.with_suffix(".new")
    fresh.write_text(str(offset + by.total_seconds()), "ascii")
    fresh.replace(path)
