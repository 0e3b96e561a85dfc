"""Which stores are worth a word: each drift once, when it stays, and again only if it got well in between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from certtray.core.drift import Cell
from certtray.core.levels import CLOCK_SLACK
from certtray.core.store import Store
from certtray.inventory.matrix import Line, Matrix
from certtray.inventory.model import DRIFT, DriftAt, DriftSeen, Quiet
from certtray.watch.quiet import paused, snoozed

SETTLED: Final = timedelta(minutes=10)
"""How long a drift must have been there: a renewal puts the file in place first and then goes through the stores."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One store that is not as it should be towards one identity."""

    line: Line
    store: Store
    cell: Cell

    @property
    def at(self) -> DriftAt:
        """What it is kept under."""
        return DriftAt(self.line.identity, str(self.store.folder), self.cell)


def met(shown: Matrix, before: Mapping[DriftAt, DriftSeen], now: datetime) -> dict[DriftAt, DriftSeen]:
    """Return what is to be known of drifts after a look at ``now``.

    What is well, or gone, is forgotten; what cannot be read stays as it was. A time ahead of ``now`` was written under a
    wrong clock: a drift cannot have begun later than now, and one that was told so is as if it had never been met.
    """
    by_place: defaultdict[tuple[object, str], dict[DriftAt, DriftSeen]] = defaultdict(dict)
    for at, seen in before.items():
        if seen.told is None or seen.told <= now + CLOCK_SLACK:
            by_place[at.identity, at.path][at] = DriftSeen(min(seen.since, now), seen.told)
    after: dict[DriftAt, DriftSeen] = {}
    for line in shown.lines:
        for known, square in zip(shown.stores, line.squares, strict=True):
            path = str(known.store.folder)
            earlier = by_place.get((line.identity, path), {})
            if square.cell is Cell.UNREADABLE:
                after |= earlier
            elif square.drifts:
                at = DriftAt(line.identity, path, square.cell)
                after |= {each: seen for each, seen in earlier.items() if seen.told is not None}
                after[at] = earlier.get(at, DriftSeen(now))
    return after


def to_tell(shown: Matrix, seen: Mapping[DriftAt, DriftSeen], now: datetime, quiet: Quiet) -> tuple[Drift, ...]:
    """Return every drift that has settled, where one of them was not told yet or 稍後提醒 has run out; else nothing.

    ``seen`` is what ``met`` returned.
    """
    if paused(quiet, now) or snoozed(quiet, DRIFT, now):
        return ()
    drifts = [Drift(line, known.store, square.cell) for line, known, square in shown.drifts()]
    told = [each for each in drifts if seen[each.at].told is not None]
    settled = [each for each in drifts if each in told or now - seen[each.at].since >= SETTLED]
    again = bool(told) and DRIFT in quiet.snoozed
    return tuple(settled) if again or len(settled) > len(told) else ()


def next_settles(seen: Mapping[DriftAt, DriftSeen], now: datetime) -> datetime | None:
    """Return when the first drift that was not told will have settled, for a check at that time; None where none will."""
    ends = [each.since + SETTLED for each in seen.values() if each.told is None]
    return min((end for end in ends if end > now), default=None)
