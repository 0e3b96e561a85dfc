"""Notice levels: how urgent a certificate is now, and whether that was said already (DESIGN.md 4.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from certtray.core.certificate import Certificate
from certtray.core.dates import days_left, taiwan_date
from certtray.core.periods import Period, opens
from certtray.core.revocation import Standing, Verdict

THRESHOLDS = (30, 14, 7, 3, 1, 0)
"""Days left at which a certificate becomes more urgent."""

CLOCK_SLACK = timedelta(days=1)
"""How far back a clock may be set before what was told since counts as told under a wrong clock.

Time servers, time zones and a second system that keeps local time in the hardware clock set it back by seconds to
hours; that must repeat nothing.
"""


@dataclass(frozen=True, slots=True)
class Level:
    """One step towards the end; fewer days are more urgent."""

    days: int
    """The threshold that was passed, in days left; -1: expired."""
    opens: bool = False
    """Whether this threshold is the opening of the renewal window."""

    @property
    def name(self) -> str:
        """``opens``, ``days-30`` … ``days-0``, ``expired``, ``on_hold`` or ``revoked``."""
        if self.opens:
            return "opens"
        return self.past or f"days-{self.days}"

    @property
    def past(self) -> str:
        """``expired``, ``on_hold`` or ``revoked`` where it cannot be used any more, else empty."""
        return _PAST.get(self.days, "")


EXPIRED = Level(-1)
ON_HOLD = Level(-2)
REVOKED = Level(-3)
_PAST = {-1: "expired", -2: "on_hold", -3: "revoked"}


@dataclass(frozen=True, slots=True)
class Told:
    """A level (its days) that was said at a time (aware UTC)."""

    days: int
    at: datetime


def level(certificate: Certificate, window: Period | None, now: datetime) -> Level | None:
    """Return the most urgent level reached at ``now``; None before the first, and while not yet valid."""
    if now > certificate.not_after:
        return EXPIRED
    if now < certificate.not_before:
        return None
    left = days_left(certificate.not_after, now)
    reached = [Level(days) for days in THRESHOLDS if left <= days]
    if window is not None:
        end = taiwan_date(certificate.not_after)
        opening = Level((end - opens(end, window)).days, opens=True)
        if left <= opening.days:
            # Two thresholds on one day are one notice, and that one can be acted on.
            reached = [opening, *(each for each in reached if each.days != opening.days)]
    return min(reached, key=lambda each: each.days, default=None)


def standing_level(verdict: Verdict | None) -> Level | None:
    """Return the level of what the issuer said, None where nothing speaks against the certificate."""
    if verdict is None or verdict.stands:
        return None
    return ON_HOLD if verdict.standing is Standing.ON_HOLD else REVOKED


def due(current: Level | None, told: Iterable[Told], now: datetime) -> bool:
    """Say whether ``current`` is more urgent than all that was told; what was told in the future does not count.

    That it was on hold does not count either once it is not: its end is worth a word again.
    """
    return current is not None and all(
        current.days < each.days
        for each in told
        if each.at <= now + CLOCK_SLACK and (each.days != ON_HOLD.days or current.days <= ON_HOLD.days)
    )
