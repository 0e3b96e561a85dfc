from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certtray.core.periods import Period, opens, parse_period


@pytest.mark.parametrize(
    ("text", "period"),
    [("P30D", Period(0, 30)), ("P1M", Period(1, 0)), ("P2W", Period(0, 14)), ("P1Y2M3D", Period(14, 3))],
)
def test_parse(text: str, period: Period) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize(
    "text", ["", "P", "30D", "P30", "P0D", "P-1M", "P1M ", "PT1H", "P1.5M", "p30d", "P99999D", "P٣D"]
)
def test_no_period(text: str) -> None:
    with pytest.raises(ValueError):
        parse_period(text)


@pytest.mark.parametrize(
    ("end", "text", "opening"),
    [
        (date(2026, 3, 15), "P1M", date(2026, 2, 15)),
        (date(2026, 3, 31), "P1M", date(2026, 2, 28)),
        (date(2028, 3, 31), "P1M", date(2028, 2, 29)),
        (date(2026, 1, 31), "P1M", date(2025, 12, 31)),
        (date(2028, 2, 29), "P1Y", date(2027, 2, 28)),
        (date(2026, 3, 15), "P30D", date(2026, 2, 13)),
        (date(2026, 3, 15), "P45D", date(2026, 1, 29)),
        (date(2026, 3, 31), "P1M1D", date(2026, 2, 27)),
        (date(1, 1, 15), "P2M", date.min),
        (date(1, 1, 15), "P30D", date.min),
    ],
)
def test_opens(end: date, text: str, opening: date) -> None:
    assert opens(end, parse_period(text)) == opening


@given(st.dates(date(1950, 1, 1), date(2900, 1, 1)), st.integers(1, 60))
def test_a_month_back_and_forth(end: date, months: int) -> None:
    opening = opens(end, Period(months, 0))
    distance = (end.year - opening.year) * 12 + end.month - opening.month
    assert distance == months
    if opening.day != end.day:  # clipped: the day after is the first of the next month
        assert opening.day < end.day
        assert (opening + timedelta(1)).day == 1


@given(st.dates(date(1950, 1, 1), date(2900, 1, 1)), st.integers(1, 9999))
def test_days(end: date, days: int) -> None:
    assert opens(end, parse_period(f"P{days}D")) + timedelta(days) == end
