"""Dates and times as the issuers write them (FACTS.md 3); Taiwan time is +08:00 all year."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from certtray.core.errors import InputError

TAIPEI = timezone(timedelta(hours=8), "CST")
ROC_EPOCH = 1911

_NUMERIC = re.compile(
    r"(?P<year>[0-9]{2,4})(?P<sep>[/-])(?P<month>[0-9]{1,2})(?P=sep)(?P<day>[0-9]{1,2})"
    r"(?:[ T](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?"
)
# The weekday is read over: one of the manuals prints a wrong one (FEATURES.md, last part, 4).
_JAVA = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>[0-9]{1,2}) "
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) CST (?P<year>[0-9]{4})"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def taiwan_date(moment: datetime) -> date:
    """Return the calendar date in Taiwan; the end of time stays there (RFC 5280 4.1.2.5: 99991231235959Z)."""
    try:
        return moment.astimezone(TAIPEI).date()
    except OverflowError:
        return moment.date()


def taiwan_time(moment: datetime) -> str:
    """Return a time as brokers print it, in Taiwan: ``2024/03/07 23:59:59`` (0-16)."""
    try:
        return f"{moment.astimezone(TAIPEI):%Y/%m/%d %H:%M:%S}"
    except OverflowError:
        return f"{moment:%Y/%m/%d %H:%M:%S}"


def days_left(not_after: datetime, now: datetime) -> int:
    """Return the difference of the calendar dates in Taiwan; 0 on the last day, negative after it."""
    return (taiwan_date(not_after) - taiwan_date(now)).days


def parse_date(text: str) -> date:
    """Read ``98/03/19`` (a year of 2 or 3 digits is ROC, never western), ``2009/03/19`` or ``2009-03-19``.

    Raises ValueError for anything else.
    """
    found = _NUMERIC.fullmatch(text.strip())
    if found is None or found["hour"] is not None:
        raise ValueError("not a date")
    return date(_year(found["year"]), int(found["month"]), int(found["day"]))


def parse_time(text: str) -> datetime:
    """Read a Taiwan time and return aware UTC.

    ``YYYY/MM/DD hh:mm:ss``, ``YYYY-MM-DD hh:mm:ss[.ffffff]``, the same with ROC years, or Java's
    ``EEE MMM dd HH:mm:ss CST yyyy``. Raises ValueError for anything else.
    """
    text = text.strip()
    found = _NUMERIC.fullmatch(text)
    if found is not None and found["hour"] is not None:
        year, month, fraction = _year(found["year"]), int(found["month"]), found["fraction"] or ""
    else:
        found = _JAVA.fullmatch(text)
        if found is None:
            raise ValueError("not a time")
        year, month, fraction = int(found["year"]), _MONTHS.index(found["month"]) + 1, ""
    clock = (int(found["hour"]), int(found["minute"]), int(found["second"]), int(fraction.ljust(6, "0")))
    try:
        return datetime(year, month, int(found["day"]), *clock, tzinfo=TAIPEI).astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def birth_date(text: str, today: date) -> date:
    """Read a birth date of exactly eight digits, western calendar, ``19680123`` (0-08).

    Raises InputError, field ``birth_date``, rule ``birth-date-digits``, ``birth-date-calendar`` (no such day, or before
    1900) or ``birth-date-future``.
    """
    if re.fullmatch(r"[0-9]{8}", text) is None:
        raise InputError(field="birth_date", rule="birth-date-digits")
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise InputError(field="birth_date", rule="birth-date-calendar") from None
    # 00570123 is an ROC date padded to eight digits; nobody alive was born before 1900.
    if born.year < 1900:
        raise InputError(field="birth_date", rule="birth-date-calendar")
    if born > today:
        raise InputError(field="birth_date", rule="birth-date-future")
    return born


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else int(text) + ROC_EPOCH
