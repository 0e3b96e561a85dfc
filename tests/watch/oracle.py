"""What must have been said, worked out anew from plain numbers; shares no function with the program."""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.watch.world import DAY, HOUR, Card


def taiwan_day(at: int) -> int:
    """Days since 1970 on a Taiwan calendar."""
    return (at + 8 * HOUR) // DAY


def opening_day(end_day: int, window: str) -> int:
    """The day a window opens, counted back from the last day."""
    if window != "P1M":
        return end_day - int(window[1:-1])
    then = time.gmtime(end_day * DAY)
    year, month = (then.tm_year, then.tm_mon - 1) if then.tm_mon > 1 else (then.tm_year - 1, 12)
    for day in (then.tm_mday, 30, 29, 28):
        if day <= min(then.tm_mday, calendar.monthrange(year, month)[1]):
            return calendar.timegm((year, month, day, 0, 0, 0)) // DAY
    raise AssertionError("every month has 28 days")


def threshold(card: Card, now: int) -> int | None:
    """The last mark a certificate has passed, in days before its last day; -1 when it has ended."""
    if now > card.ends:
        return -1
    if now < card.begins:
        return None
    end_day = taiwan_day(card.ends)
    marks = {30, 14, 7, 3, 1, 0} | ({end_day - opening_day(end_day, card.window)} if card.window else set())
    passed = [mark for mark in marks if end_day - mark <= taiwan_day(now)]
    return min(passed) if passed else None


def morning_after(now: int) -> int:
    """Half past eight in Taiwan (00:30 UTC), at least four hours ahead."""
    return -((now + 4 * HOUR - HOUR // 2) // -DAY) * DAY + HOUR // 2


@dataclass
class Oracle:
    """Remembers each thing said, and the clock when it was; what was put off, and until when."""

    log: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    put_off: dict[str, int] = field(default_factory=dict)
    paused_until: int = 0

    def worth_saying(self, cards: Iterable[Card], now: int) -> dict[str, int]:
        """Certificates that deserve a notice at all now, with the mark each has passed."""
        mine = [card for card in cards if card.present and (card.has_key or card.names_person)]
        worth = {}
        for card in mine:
            replaced = any(
                other.line == card.line
                and other.begins <= now
                and (other.ends, other.begins) > (card.ends, card.begins)
                for other in mine
            )
            mark = threshold(card, now)
            if mark is not None and not replaced:
                worth[card.fingerprint] = mark
        return worth

    def expect(self, cards: Iterable[Card], now: int) -> tuple[dict[str, int], set[str]]:
        """What is to be said and taken back at ``now``.

        A mark is said unless it, or a later one, was said before; sayings more than a day ahead of the clock came from
        a clock that was wrong. What was put off comes at its hour, or on the last day; what lies two days ahead was put
        off under a wrong clock. Nothing comes in a pause.
        """
        cards = list(cards)
        worth = self.worth_saying(cards, now)
        last_days = {card.fingerprint for card in cards if taiwan_day(card.ends) == taiwan_day(now)}
        new = {}
        for name, mark in worth.items():
            wanted = not any(said <= mark and at <= now + DAY for said, at in self.log.get(name, []))
            if name in self.put_off:
                ahead = self.put_off[name] - now
                wanted = name in last_days or ahead <= 0 or ahead > 2 * DAY
            if wanted and not 0 < self.paused_until - now <= 2 * DAY:
                new[name] = mark
        return new, self.standing - worth.keys()

    def heard(self, new: dict[str, int], withdrawn: set[str], now: int) -> None:
        """Both were handed over."""
        for name, mark in new.items():
            self.log.setdefault(name, []).append((mark, now))
            self.put_off.pop(name, None)
        self.standing = (self.standing | new.keys()) - withdrawn
