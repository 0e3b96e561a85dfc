"""Snoozed and paused notices: what may be said now, and when to ask again."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from certtray.core.dates import TAIPEI, taiwan_date
from certtray.inventory.model import Quiet

MORNING = time(8, 30)
"""Half an hour before the market opens: time enough to renew before the first order."""

SHORTEST = timedelta(hours=4)
"""Somebody who says "later" at seven in the morning does not mean half past eight."""

LONGEST = timedelta(days=2)
"""No snooze and no pause is that long; one that seems to be was begun under a wrong clock, and is over."""


def next_morning(now: datetime) -> datetime:
    """Return when 稍後提醒, pressed at ``now``, reminds: the next morning in Taiwan that is not too near."""
    morning = datetime.combine(taiwan_date(now), MORNING, TAIPEI)
    while morning < now + SHORTEST:
        morning += timedelta(days=1)
    return morning


def paused(quiet: Quiet, now: datetime) -> bool:
    """Say whether no notice at all is wanted at ``now``."""
    return quiet.paused_until is not None and _lasts(quiet.paused_until, now)


def snoozed(quiet: Quiet, subject: str, now: datetime) -> bool:
    """Say whether the notice of a certificate (its fingerprint), or of all stores, is to wait."""
    until = quiet.snoozed.get(subject)
    return until is not None and _lasts(until, now)


def wake_up(quiet: Quiet, now: datetime) -> datetime | None:
    """Return when the first snooze or pause ends, for a check at that time; None where nothing is quiet."""
    ends = [*quiet.snoozed.values(), *([quiet.paused_until] if quiet.paused_until else [])]
    return min((end for end in ends if _lasts(end, now)), default=None)


def _lasts(until: datetime, now: datetime) -> bool:
    return now < until <= now + LONGEST
