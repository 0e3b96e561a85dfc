"""Later, and pause: not said meanwhile, said once afterwards, never lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from certtray.inventory.db import Inventory
from certtray.watch.due import Digest, tell
from certtray.watch.quiet import next_morning, wake_up
from tests.core.samples import utc
from tests.watch.test_due import NEW, OLD, PROFILES, merge, summary

NOON = utc(2026, 3, 1, 4)  # in Taiwan; 14 days left


@pytest.mark.parametrize(
    ("pressed", "wanted"),
    [
        (utc(2026, 3, 1, 4), utc(2026, 3, 2, 0, 30)),  # at noon: tomorrow 08:30
        (utc(2026, 2, 28, 17), utc(2026, 3, 1, 0, 30)),  # at one in the night: this morning
        (utc(2026, 2, 28, 23), utc(2026, 3, 2, 0, 30)),  # at seven in the morning: not in ninety minutes
        (utc(2026, 2, 28, 20, 30), utc(2026, 3, 1, 0, 30)),  # four hours before
    ],
)
def test_later_is_the_next_morning(pressed: datetime, wanted: datetime) -> None:
    assert next_morning(pressed) == wanted


def said_at(path: Path, now: datetime) -> Digest:
    """A new process each time: what counts is what is written."""
    with Inventory.open(path) as inventory:
        return tell(inventory, PROFILES, now, lambda _: None)


def test_what_was_put_off_is_said_once_more(tmp_path: Path) -> None:
    path = tmp_path / "i"
    with Inventory.open(path) as inventory:
        merge(inventory, OLD)
        assert summary(said_at(path, NOON))
        inventory.journal.snooze([OLD.fingerprint], next_morning(NOON))
        assert wake_up(inventory.journal.quiet(), NOON) == utc(2026, 3, 2, 0, 30)
    assert not said_at(path, utc(2026, 3, 2, 0, 29))
    assert summary(said_at(path, utc(2026, 3, 2, 0, 30))) == [("A123456789-00-00::PCC005", "days-14", 13)]
    assert not said_at(path, utc(2026, 3, 2, 1))


def test_a_more_urgent_level_waits_too_and_is_one_notice(tmp_path: Path) -> None:
    path = tmp_path / "i"
    evening = utc(2026, 3, 7, 10)
    with Inventory.open(path) as inventory:
        merge(inventory, OLD)
        said_at(path, evening)
        inventory.journal.snooze([OLD.fingerprint], next_morning(evening))
    assert not said_at(path, utc(2026, 3, 7, 16))  # midnight in Taiwan: seven days left
    assert summary(said_at(path, utc(2026, 3, 8, 0, 30))) == [("A123456789-00-00::PCC005", "days-7", 7)]
    assert not said_at(path, utc(2026, 3, 8, 2))


def test_nothing_is_put_off_into_the_last_day(tmp_path: Path) -> None:
    path = tmp_path / "i"
    evening = utc(2026, 3, 14, 10)
    with Inventory.open(path) as inventory:
        merge(inventory, OLD)
        said_at(path, evening)
        inventory.journal.snooze([OLD.fingerprint], next_morning(evening))
    assert summary(said_at(path, utc(2026, 3, 14, 16))) == [("A123456789-00-00::PCC005", "days-0", 0)]
    assert not said_at(path, utc(2026, 3, 15, 1))


def test_a_pause_holds_back_all_and_loses_none(tmp_path: Path) -> None:
    path = tmp_path / "i"
    with Inventory.open(path) as inventory:
        merge(inventory, OLD)
        inventory.journal.pause(NOON + timedelta(hours=1))
        assert not said_at(path, NOON)
        assert inventory.journal.told() == {}
        assert wake_up(inventory.journal.quiet(), NOON) == NOON + timedelta(hours=1)
        inventory.journal.pause(NOON + timedelta(hours=2))
        assert not said_at(path, NOON + timedelta(hours=1))
        inventory.journal.pause(None)
        assert summary(said_at(path, NOON + timedelta(hours=1)))
        assert wake_up(inventory.journal.quiet(), NOON) is None


def test_a_renewal_is_withdrawn_and_told_in_a_pause(tmp_path: Path) -> None:
    path = tmp_path / "i"
    with Inventory.open(path) as inventory:
        merge(inventory, OLD)
        said_at(path, NOON)
        merge(inventory, NEW)
        inventory.journal.pause(utc(2026, 3, 4))
    said = said_at(path, utc(2026, 3, 3))
    assert (said.notices, said.withdraw) == ((), (OLD.fingerprint,))
    assert [(each.certificate, each.profile and each.profile.id) for each in said.renewed] == [(NEW, "sinopac")]


def test_gone_is_not_renewed(tmp_path: Path) -> None:
    path = tmp_path / "i"
    with Inventory.open(path) as inventory:
        merge(inventory, OLD)
        said_at(path, NOON)
        inventory.merge([], [f"/{OLD.fingerprint}"])
    said = said_at(path, NOON)
    assert (said.withdraw, said.renewed) == ((OLD.fingerprint,), ())


def test_what_was_put_off_under_a_wrong_clock_is_not_lost(tmp_path: Path) -> None:
    path, wrong = tmp_path / "i", utc(2030, 1, 1)
    with Inventory.open(path) as inventory:
        merge(inventory, OLD)
        inventory.journal.snooze([OLD.fingerprint], next_morning(wrong))
        inventory.journal.pause(wrong + timedelta(hours=1))
        assert wake_up(inventory.journal.quiet(), NOON) is None
    assert summary(said_at(path, NOON))
