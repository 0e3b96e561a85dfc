"""Months of made-up life, compared check by check with the oracle: none missed, none double."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certtray.watch.due import Digest, tell
from certtray.watch.quiet import next_morning
from tests.watch.oracle import Oracle, morning_after, threshold
from tests.watch.world import DAY, HOUR, START, World, profiles

DAYS = 400


class NotifierDown(Exception):
    pass


def live(world: World) -> tuple[int, Counter[str]]:
    """Run one world to its end; return certificate-days, and how often what was exercised."""
    rules, oracle, seen = profiles(), Oracle(), Counter[str]()
    certificate_days, last = 0.0, world.true
    while world.true < START + DAYS * DAY:
        world.pass_time()
        certificate_days += len(world.cards) * (world.true - last) / DAY
        last = world.true
        now = int(world.now.timestamp())
        new, withdrawn = oracle.expect(world.cards, now)
        handed: list[Digest] = []

        def hand_over(digest: Digest, handed: list[Digest] = handed) -> None:
            if world.random.random() < 0.1:
                raise NotifierDown
            handed.append(digest)

        try:
            tell(world.inventory, rules, world.now, hand_over)
        except NotifierDown:
            assert new or withdrawn
            seen["failed"] += 1
            continue  # the oracle did not hear it: it must come again
        said = [(each.certificate.fingerprint, each.level.days) for digest in handed for each in digest.notices]
        assert sorted(said) == sorted(new.items())
        assert {name for digest in handed for name in digest.withdraw} == withdrawn
        assert len(handed) == bool(new or withdrawn)
        ends = [each.certificate.not_after for digest in handed for each in digest.notices]
        assert ends == sorted(ends)
        seen["reminded"] += len(new.keys() & oracle.put_off.keys())
        oracle.heard(new, withdrawn, now)
        press(world, oracle, new, seen)
        seen.update(said=len(said), withdrawn=len(withdrawn), several=len(said) > 1, stepped=world.offset != 0)
    seen["renewed"] = len(world.cards) - len({card.line for card in world.cards})
    seen["gone"] = sum(not card.present for card in world.cards)
    world.inventory.close()
    return int(certificate_days), seen


def press(world: World, oracle: Oracle, new: dict[str, int], seen: Counter[str]) -> None:
    """The person presses "later" on some notices, and pauses all of them now and then."""
    now, chance = int(world.now.timestamp()), world.random.random
    later = [name for name in new if chance() < 0.3]
    world.inventory.journal.snooze(later, next_morning(world.now))
    oracle.put_off |= dict.fromkeys(later, morning_after(now))
    seen["later"] += len(later)
    if chance() < 0.02:
        oracle.paused_until = now + world.random.choice((HOUR, DAY))
        world.inventory.journal.pause(datetime.fromtimestamp(oracle.paused_until, UTC))
        seen["paused"] += 1


def run(seeds: range, folder: Path, at_least: int) -> None:
    total, seen = 0, Counter[str]()
    for seed in seeds:
        days, what = live(World(seed, folder))
        total += days
        seen += what
    assert total >= at_least
    # The run is worth something only if all of it happened.
    for event in (
        "said",
        "withdrawn",
        "several",
        "stepped",
        "renewed",
        "gone",
        "failed",
        "later",
        "reminded",
        "paused",
    ):
        assert seen[event] > 10, (event, seen)


def test_a_hundred_thousand_certificate_days(tmp_path: Path) -> None:
    run(range(5), tmp_path, 100_000)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_a_million_certificate_days(tmp_path: Path) -> None:
    run(range(1000, 1050), tmp_path, 1_000_000)


def test_in_a_calm_world_each_mark_is_said_at_the_first_check_after_it(tmp_path: Path) -> None:
    """No memory of what was said is needed to know this: a mark differs from the one of the check before, or not."""
    world = World(7, tmp_path, calm=True)
    rules = profiles()
    said: list[tuple[str, int | None]] = []
    before: dict[str, int | None] = {}
    while world.true < START + DAYS * DAY:
        world.pass_time()
        now = int(world.now.timestamp())
        marks = {card.fingerprint: threshold(card, now) for card in world.cards if card.has_key or card.names_person}
        expected = {name: mark for name, mark in marks.items() if mark is not None and mark != before.get(name)}
        digest = tell(world.inventory, rules, world.now, lambda _: None)
        assert {each.certificate.fingerprint: each.level.days for each in digest.notices} == expected
        assert digest.withdraw == ()
        before = marks
        said += expected.items()
    assert len(said) > 150
    assert len(set(said)) == len(said)
