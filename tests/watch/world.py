"""A made-up computer over months: certificates end, are renewed, vanish, return; sleeps, restarts, clock steps.

It knows the program's types but none of its rules: what is due is for the oracle to say, from the numbers in ``Card``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from certtray.core.certificate import Certificate
from certtray.core.periods import parse_period
from certtray.crypto.content import FileContent, Holding
from certtray.inventory.db import Inventory
from certtray.inventory.model import Observation, Stamp
from certtray.rules.profile import Match, Profile
from certtray.rules.profiles import load_profiles
from tests.core.samples import make

DAY = 86_400
HOUR = 3_600
START = int(datetime(2025, 12, 20, tzinfo=UTC).timestamp())  # a new year and a short February lie ahead
WINDOWS = ("P30D", "P1M", "P45D", "P20D", "")


@dataclass
class Card:
    """One certificate as plain numbers: seconds since 1970."""

    line: int
    """Certificates of one line replace each other."""
    window: str
    begins: int
    ends: int
    has_key: bool
    names_person: bool
    certificate: Certificate
    path: str
    present: bool = True

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint


def profiles() -> list[Profile]:
    """One profile per window; its RA is named after it."""
    (shipped,) = (profile for profile in load_profiles() if profile.id == "sinopac")
    return [
        replace(
            shipped,
            id=window.lower(),
            match=Match(("TAIWAN-CA",), frozenset({f"RA-{window}"})),
            renewal=replace(shipped.renewal, opens=parse_period(window)),
        )
        for window in WINDOWS
        if window
    ]


class World:
    """``now`` is what the computer's clock shows: true time plus ``offset``."""

    def __init__(self, seed: int, folder: Path, lines: int = 40, calm: bool = False) -> None:
        self.random = random.Random(seed)  # noqa: S311  # repeatable on purpose
        self.calm = calm
        self.true = START
        self.offset = 0
        self.cards: list[Card] = []
        self._path = folder / f"world-{seed}.sqlite"
        self.inventory = Inventory.open(self._path)
        for line in range(lines):
            self.issue(line, self.random.choice(WINDOWS), START + self.random.randint(-20, 420) * DAY)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.true + self.offset, UTC)

    def issue(self, line: int, window: str, ends: int, begins: int | None = None) -> None:
        """Put a new certificate on disk; most end at 23:59:59 in Taiwan, government ones at any time."""
        chance = self.random.random
        like = next((card for card in self.cards if card.line == line), None)
        ends = ends - ends % DAY + 15 * HOUR + 3599 if chance() < 0.8 else ends + self.random.randrange(DAY)
        begins = ends - 700 * DAY if begins is None else begins
        names_person = like.names_person if like else chance() < 0.8
        has_key = chance() < 0.7
        certificate = make(
            f"A123456789-00-{line:04}" if names_person else f"example {line}",
            serial=len(self.cards) + 1,
            not_before=datetime.fromtimestamp(begins, UTC),
            not_after=datetime.fromtimestamp(ends, UTC),
            ous=(f"RA-{window}",) if window else (),
        )
        path = f"/home/user/{len(self.cards)}.pfx"
        self.cards.append(Card(line, window, begins, ends, has_key, names_person, certificate, path))
        self.put(self.cards[-1])

    def put(self, card: Card) -> None:
        """The file is there (again), with the certificate of its CA, which is nobody's business."""
        authority = make("TWCA User CA", serial=card.line, not_after=card.certificate.not_after, is_ca=True)
        held = (Holding(card.certificate, b"", card.has_key), Holding(authority, b"", False))
        stamp = Stamp(1, self.true, 1, 1)
        self.inventory.merge([Observation(card.path, stamp, card.fingerprint, FileContent("pfx", held))])
        card.present = True

    def take(self, card: Card) -> None:
        """The file is gone."""
        self.inventory.merge([], [card.path])
        card.present = False

    def restart(self) -> None:
        """Nothing survives but the database."""
        self.inventory.close()
        self.inventory = Inventory.open(self._path)

    def pass_time(self) -> None:
        """Up to half a day, or a sleep of days; in a world that is not calm, things happen meanwhile."""
        sleep = self.random.random() < 0.03
        self.true += self.random.randint(1, 12) * DAY if sleep else self.random.randint(60, 16 * HOUR)
        if self.random.random() < 0.2:  # the seconds around midnight in Taiwan are where mistakes live
            self.true += DAY - (self.true + 8 * HOUR) % DAY + self.random.choice((-1, 0, 1))
        if self.random.random() < 0.05:
            self.restart()
        if self.calm:
            return
        if self.random.random() < 0.08:
            self._step_clock()
        for card in list(self.cards):
            self._live(card)

    def _step_clock(self) -> None:
        kind = self.random.random()
        if kind < 0.4:
            self.offset = 0  # somebody, or the time server, puts it right
        elif kind < 0.8:
            self.offset += self.random.choice((-1, 1)) * self.random.choice((1, 61, HOUR, 8 * HOUR, 23 * HOUR, 2 * DAY))
        else:
            self.offset += self.random.choice((-1, 1)) * self.random.randint(5, 500) * DAY

    def _live(self, card: Card) -> None:
        chance = self.random.random()
        if card.present and chance < 0.002:
            self.take(card)
        elif not card.present and chance < 0.05:
            self.put(card)
        elif card.present and card.ends - 40 * DAY < self.true and 0.3 < chance < 0.32 and self._newest(card):
            begins = self.true + self.random.choice((-HOUR, 0, 20 * HOUR, 3 * DAY))
            self.issue(card.line, card.window, self.true + self.random.randint(60, 365) * DAY, begins)

    def _newest(self, card: Card) -> bool:
        return all(other.ends <= card.ends for other in self.cards if other.line == card.line)
