from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certtray.core.dates import birth_date, days_left, parse_date, parse_time, taiwan_date
from certtray.core.errors import InputError

TODAY = date(2026, 3, 1)
LAST_DAY = datetime(2026, 3, 15, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Taiwan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022/03/07 08:13:02", datetime(2022, 3, 7, 0, 13, 2, tzinfo=UTC)),
        ("2009-03-19 10:20:30.000000", datetime(2009, 3, 19, 2, 20, 30, tzinfo=UTC)),
        ("2009-03-19 10:20:30.5", datetime(2009, 3, 19, 2, 20, 30, 500_000, tzinfo=UTC)),
        ("98/03/19 10:20:30", datetime(2009, 3, 19, 2, 20, 30, tzinfo=UTC)),
        # The manual's weekday is wrong: that day was a Wednesday.
        ("Fri Aug 26 15:57:12 CST 2009", datetime(2009, 8, 26, 7, 57, 12, tzinfo=UTC)),
    ],
)
def test_times_of_the_manuals(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected
    assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "expected"),
    [("98/03/19", date(2009, 3, 19)), ("115/3/1", date(2026, 3, 1)), ("2009-03-19", date(2009, 3, 19))],
)
def test_dates_of_the_manuals(text: str, expected: date) -> None:
    assert parse_date(text) == expected


@given(st.datetimes(min_value=datetime(1912, 1, 1), max_value=datetime(2900, 1, 1)))
def test_every_way_of_writing_reads_back(local: datetime) -> None:
    utc = (local - timedelta(hours=8)).replace(tzinfo=UTC)
    assert parse_time(f"{local:%Y-%m-%d %H:%M:%S.%f}") == utc
    assert parse_time(f"{local:%Y/%m/%d %H:%M:%S}") == utc.replace(microsecond=0)
    assert parse_time(f"Mon {local:%b %d %H:%M:%S} CST {local:%Y}") == utc.replace(microsecond=0)
    assert parse_date(f"{local.year - 1911:02d}/{local:%m/%d}") == local.date()


@given(st.text(alphabet="0123456789/-: .TCSMaryon", max_size=30))
def test_anything_else_is_a_value_error(text: str) -> None:
    for parse in (parse_date, parse_time):
        try:
            parse(text)
        except ValueError:
            continue


@pytest.mark.parametrize("text", ["0001/01/01 00:00:00", "2009/13/01 00:00:00", "2009/03-19 00:00:00", "2009/03/19"])
def test_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        parse_time(text)


@given(st.dates(date(1900, 1, 1), TODAY))
def test_birth_date(born: date) -> None:
    assert birth_date(f"{born:%Y%m%d}", TODAY) == born


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1968012", "digits"),
        ("1968/01/23", "digits"),
        ("１９６８０１２３", "digits"),
        (" 19680123", "digits"),
        ("19680230", "calendar"),
        ("00570123", "calendar"),
        ("20260302", "future"),
    ],
)
def test_wrong_birth_dates(text: str, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        birth_date(text, TODAY)
    assert caught.value.facts == {"field": "birth_date", "rule": f"birth-date-{rule}"}


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2026, 3, 15, 15, 59, 59, tzinfo=UTC), 0),
        (datetime(2026, 3, 14, 16, 0, 0, tzinfo=UTC), 0),
        (datetime(2026, 3, 14, 15, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 3, 15, 16, 0, 0, tzinfo=UTC), -1),
        (datetime(2026, 2, 13, 12, 0, 0, tzinfo=timezone(timedelta(hours=-9))), 29),
    ],
)
def test_days_left_are_calendar_days_in_taiwan(now: datetime, left: int) -> None:
    assert days_left(LAST_DAY, now) == left


def test_no_well_defined_end() -> None:
    assert taiwan_date(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)) == date(9999, 12, 31)
