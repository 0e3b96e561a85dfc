"""Months of made-up browsers, compared look by look with an oracle: each drift said once, none lost, none at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray.core.drift import Cell
from certtray.core.identity import identity
from certtray.core.store import Store, Unread
from certtray.inventory.matrix import Line, Matrix, Square
from certtray.inventory.model import DRIFT, NOTHING_QUIET, DriftAt, DriftSeen, KnownStore, Quiet
from certtray.watch.drift import SETTLED, met, next_settles, to_tell
from certtray.watch.due import Digest, tell
from certtray.watch.quiet import next_morning
from tests.core.samples import make, utc
from tests.watch.oracle import morning_after
from tests.watch.stores_world import DAY, HOUR, MINUTE, Browser, Copy, StoresWorld

Pair = tuple[int, int]


class NotifierDown(Exception):
    pass


def stands(world: StoresWorld, line: int, browser: Browser, now: int) -> str:
    """How a store stands, line by line from the right: ``well``, ``unknown``, or the name of what is wrong."""
    if browser.state in ("locked", "damaged"):
        return "unknown"
    copies = sorted((each for each in world.copies if each.line == line), key=lambda each: (each.ends, each.begins))
    usable = [each for each in copies if each.begins <= now] or copies
    best = usable[-1]
    here = [each for each in usable if each.der in browser.held]
    if not here:
        used = any(each.der in other.known for other in world.browsers for each in copies)
        return "missing" if best.ends >= now and used else "well"
    last = here[-1]
    if last.ends < now:
        return "expired_left"
    if _age(last) < _age(best):
        return "older_valid"
    if not any(browser.held[each.der] for each in here if _age(each) == _age(best)):
        return "key_missing"
    return "well" if browser.has_ca else "issuing_ca_missing"


def _age(copy: Copy) -> tuple[int, int]:
    return copy.ends, copy.begins


@dataclass
class Oracle:
    """For each line and store a diary of what was met and told since it was last well."""

    diary: dict[Pair, list[tuple[str, str, int]]] = field(default_factory=dict)
    standing: bool = False
    put_off: int | None = None
    paused_until: int = 0

    def look(self, world: StoresWorld, now: int) -> tuple[set[tuple[int, int, str]], bool]:
        """Write down what is met; return what must be said now, and whether the notice must go."""
        current: dict[Pair, str] = {}
        for number, browser in enumerate(world.browsers):
            for line in {copy.line for copy in world.copies}:
                pair, how = (line, number), stands(world, line, browser, now)
                kept = self._without_false_clocks(pair, now)
                if how == "well" or browser.state == "gone":
                    kept = []
                elif how == "unknown":
                    kept.append(("blind", how, now))
                else:
                    current[pair] = how
                    kept.append(("met", how, now))
                self.diary[pair] = kept
        told = {pair for pair, how in current.items() if self._told(pair, how)}
        ripe = {pair for pair, how in current.items() if pair in told or now - self._began(pair, how) >= 10 * MINUTE}
        quiet = 0 < self.paused_until - now <= 2 * DAY
        put_off = self.put_off is not None and 0 < self.put_off - now <= 2 * DAY
        again = self.put_off is not None and bool(told)
        said = (
            {(*pair, current[pair]) for pair in ripe} if not quiet and not put_off and (ripe - told or again) else set()
        )
        any_told = any(note[0] == "told" for diary in self.diary.values() for note in diary)
        return said, self.standing and not said and not any_told

    def heard(self, said: set[tuple[int, int, str]], withdrawn: bool, now: int) -> None:
        for line, number, how in said:
            if not self._told((line, number), how):
                self.diary[line, number].append(("told", how, now))
        if said:
            self.standing, self.put_off = True, None
        elif withdrawn:
            self.standing = False

    def _without_false_clocks(self, pair: Pair, now: int) -> list[tuple[str, str, int]]:
        """What was told more than a day ahead is struck out, with all that was met of it."""
        diary = self.diary.get(pair, [])
        false = {how for kind, how, at in diary if kind == "told" and at > now + DAY}
        return [("met", "struck out", at) if how in false else (kind, how, at) for kind, how, at in diary]

    def _told(self, pair: Pair, how: str) -> bool:
        return any(kind == "told" and what == how for kind, what, _ in self.diary[pair])

    def _began(self, pair: Pair, how: str) -> int:
        """The first of the looks in a row that met it, by the earliest clock since."""
        clocks, began = list[int](), 0
        for kind, what, at in reversed(self.diary[pair]):
            if kind == "met" and what != how:
                break
            if kind != "told":
                clocks.append(at)
            if kind == "met":
                began = min(clocks)
        return began


def live(world: StoresWorld, looks: int) -> Counter[str]:
    """Run one world; return how often what was exercised."""
    oracle, seen = Oracle(), Counter[str]()
    for _ in range(looks):
        world.pass_time()
        now = int(world.now.timestamp())
        expected, gone = oracle.look(world, now)
        handed: list[Digest] = []

        def hand_over(digest: Digest, handed: list[Digest] = handed) -> None:
            if world.random.random() < 0.1:
                raise NotifierDown
            handed.append(digest)

        try:
            tell(world.inventory, [], world.now, hand_over)
        except NotifierDown:
            seen["failed"] += 1
            continue  # nobody heard it: it must come again
        said = [
            (int(each.line.target.subject_cn[-4:]), int(each.store.profile), each.cell.value)
            for digest in handed
            for each in digest.drifts
        ]
        assert len(said) == len(set(said))
        assert set(said) == expected
        assert any(DRIFT in digest.withdraw for digest in handed) == gone
        seen["reminded"] += bool(said and oracle.put_off)
        oracle.heard(expected, gone, now)
        seen.update(said=bool(said), withdrawn=gone, several=len(said) > 1, stepped=world.offset != 0)
        seen.update({f"said {how}": 1 for _, _, how in said})
        if said and world.random.random() < 0.3:
            world.inventory.journal.snooze([DRIFT], next_morning(world.now))
            oracle.put_off = morning_after(now)
        if world.random.random() < 0.02:
            oracle.paused_until = now + world.random.choice((HOUR, DAY))
            world.inventory.journal.pause(datetime.fromtimestamp(oracle.paused_until, UTC))
            seen["paused"] += 1
    world.inventory.close()
    return seen


def run(seeds: range, folder: Path, looks: int) -> None:
    seen = Counter[str]()
    for seed in seeds:
        seen += live(StoresWorld(seed, folder), looks)
    cells = [f"said {each}" for each in Cell if each.drifts]
    # The run is worth something only if all of it happened.
    for event in ("said", "withdrawn", "several", "stepped", "failed", "reminded", "paused", *cells):
        assert seen[event] > 3, (event, seen)


def test_months_of_browsers(tmp_path: Path) -> None:
    run(range(4), tmp_path, 400)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_years_of_browsers(tmp_path: Path) -> None:
    """120,000 looks, two years a world: nothing is ever deleted in one, and each look at an older one takes longer."""
    run(range(1000, 1240), tmp_path, 500)


NOW = utc(2026, 1, 1, 4)
TARGET = make()
STORE = KnownStore(Store("nss", "Firefox", "", Path("/ff")), None)


def matrix(cell: Cell, store: KnownStore = STORE) -> Matrix:
    square = Square(cell, cell.drifts, ())
    return Matrix((store,), (Line(identity(TARGET), TARGET, None, True, (square,)),))


def at(cell: Cell) -> DriftAt:
    return DriftAt(identity(TARGET), "/ff", cell)


def test_it_has_to_stay_before_it_is_worth_a_word() -> None:
    shown = matrix(Cell.OLDER_VALID)
    seen = met(shown, {}, NOW)
    assert seen == {at(Cell.OLDER_VALID): DriftSeen(NOW)}
    assert to_tell(shown, seen, NOW, NOTHING_QUIET) == ()
    assert next_settles(seen, NOW) == NOW + SETTLED
    later = NOW + SETTLED
    assert [each.at for each in to_tell(shown, met(shown, seen, later), later, NOTHING_QUIET)] == [at(Cell.OLDER_VALID)]
    assert next_settles(seen, later) is None
    assert to_tell(shown, seen, later, Quiet(paused_until=later + timedelta(hours=1))) == ()
    assert to_tell(shown, seen, later, Quiet(snoozed={DRIFT: later + timedelta(hours=1)})) == ()


def test_what_cannot_be_read_for_a_while_is_neither_well_nor_new() -> None:
    told = {at(Cell.OLDER_VALID): DriftSeen(NOW, NOW)}
    unreadable = matrix(Cell.UNREADABLE, KnownStore(STORE.store, Unread.LOCKED))
    assert met(unreadable, told, NOW) == told
    assert met(matrix(Cell.OLDER_VALID), told, NOW) == told
    for well in (Cell.NEWEST, Cell.VIA_CARD, Cell.NOT_NEEDED):
        assert met(matrix(well), told, NOW) == {}
    assert met(Matrix(), told, NOW) == {}
