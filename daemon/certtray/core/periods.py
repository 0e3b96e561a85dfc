"""Renewal windows as ISO 8601 durations: P30D, P1M, P45D."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_DURATION = re.compile(r"P(?:([0-9]{1,2})Y)?(?:([0-9]{1,3})M)?(?:([0-9]{1,3})W)?(?:([0-9]{1,4})D)?")


@dataclass(frozen=True, slots=True)
class Period:
    """A length of calendar time; a month is not a number of days."""

    months: int
    days: int


def parse_period(text: str) -> Period:
    """Read ``P1Y``, ``P1M``, ``P2W``, ``P30D`` or a combination; ValueError for anything else, nothing or zero."""
    found = _DURATION.fullmatch(text)
    years, months, weeks, days = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0)
    period = Period(years * 12 + months, weeks * 7 + days)
    if period == Period(0, 0):
        raise ValueError("not a period")
    return period


def opens(end: date, period: Period) -> date:
    """Return ``end`` minus ``period``: 15 March minus P1M is 15 February, 31 March minus P1M the last of February.

    Months are taken off first. The beginning of the calendar is the limit.
    """
    month_count = end.year * 12 + end.month - 1 - period.months
    year, month = divmod(month_count, 12)
    if year < 1:
        return date.min
    day = date(year, month + 1, min(end.day, calendar.monthrange(year, month + 1)[1]))
    return date.fromordinal(max(1, day.toordinal() - period.days))
