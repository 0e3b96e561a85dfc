from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from certtray.core.levels import EXPIRED, Level, Told, due, level
from certtray.core.periods import parse_period
from tests.core.samples import make, utc

END = make()  # until the end of 15 March 2026 in Taiwan


@pytest.mark.parametrize(
    ("window", "now", "name"),
    [
        # One month before 15 March is 15 February, 28 days; Taiwan's midnight is 16:00 UTC of the day before.
        ("P1M", utc(2026, 2, 12, 15, 59, 59), None),
        ("P1M", utc(2026, 2, 12, 16), "days-30"),
        ("P1M", utc(2026, 2, 14, 15, 59, 59), "days-30"),
        ("P1M", utc(2026, 2, 14, 16), "opens"),
        ("P1M", utc(2026, 2, 28, 15, 59, 59), "opens"),
        ("P1M", utc(2026, 2, 28, 16), "days-14"),
        ("P30D", utc(2026, 2, 12, 16), "opens"),
        ("P45D", utc(2026, 1, 28, 16), "opens"),
        ("P45D", utc(2026, 2, 12, 16), "days-30"),
        ("P7D", utc(2026, 3, 7, 16), "opens"),
        ("P20D", utc(2026, 2, 12, 16), "days-30"),
        ("P20D", utc(2026, 2, 22, 16), "opens"),
        (None, utc(2026, 2, 12, 15), None),
        (None, utc(2026, 2, 12, 16), "days-30"),
        (None, utc(2026, 3, 7, 16), "days-7"),
        (None, utc(2026, 3, 11, 16), "days-3"),
        (None, utc(2026, 3, 13, 16), "days-1"),
        (None, utc(2026, 3, 15, 15, 59, 59), "days-0"),
        (None, utc(2026, 3, 15, 16), "expired"),
        ("P1M", utc(2027, 3, 15), "expired"),
    ],
)
def test_levels(window: str | None, now: datetime, name: str | None) -> None:
    found = level(END, parse_period(window) if window else None, now)
    assert (found.name if found else None) == name


def test_nothing_is_due_before_the_start() -> None:
    tomorrow = make(not_before=utc(2026, 3, 2), not_after=utc(2026, 3, 15))
    assert level(tomorrow, None, utc(2026, 3, 1)) is None
    assert level(tomorrow, None, utc(2026, 3, 2)) == Level(14)


def test_each_level_is_due_once() -> None:
    now = utc(2026, 3, 1)
    told = [Told(30, now - timedelta(days=16)), Told(14, now - timedelta(minutes=1))]
    assert due(Level(30, opens=True), told[:0], now)
    assert not due(Level(14), told, now)
    assert due(Level(7), told, now)
    assert due(EXPIRED, told, now)
    assert not due(Level(28, opens=True), told, now)  # a less urgent one is never said afterwards
    assert not due(None, [], now)


def test_what_was_told_under_a_wrong_clock_does_not_count() -> None:
    now = utc(2026, 3, 1)
    year_ahead = Told(-1, now + timedelta(days=365))
    assert due(Level(14), [year_ahead], now)
    assert not due(Level(14), [year_ahead, Told(14, now - timedelta(days=1))], now)


def test_a_clock_set_back_by_hours_repeats_nothing() -> None:
    now = utc(2026, 3, 1)
    assert not due(Level(14), [Told(14, now + timedelta(hours=8))], now)
