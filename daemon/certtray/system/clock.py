"""The one place that asks the operating system what time it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns an aware UTC time."""


def system_clock() -> datetime:
    """Return now, aware, in UTC."""
    return datetime.now(UTC)
