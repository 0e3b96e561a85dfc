"""A browser's real database changes: noticed by its event, and without events by the schedule."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray.core.drift import Cell
from certtray.inventory.db import Inventory
from certtray.program.resident import Resident
from certtray.watch.due import Digest
from certtray.watch.files import FileWatch, folders_worth_watching
from certtray.watch.schedule import Schedule
from tests.makers import ALICE, holder, nss_database, spare_key

NOW = datetime.now(UTC).replace(microsecond=0)
OLD = holder(ALICE, serial=1, not_after=NOW + timedelta(days=60))
NEW = holder(ALICE, serial=2, key=spare_key(2), not_after=NOW + timedelta(days=400))


class Computer:
    """Two profiles of Firefox with the same certificate, and a resident process whose clock runs a quarter an hour a check."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "certtray" / "inventory.sqlite"
        root = folder / ".mozilla/firefox"
        self.left, self.right = (nss_database(root / name, [OLD]) for name in ("left", "right"))
        self.said: queue.SimpleQueue[Digest] = queue.SimpleQueue()
        self.checked: queue.SimpleQueue[datetime] = queue.SimpleQueue()
        self._now = NOW
        self._lock = threading.Lock()
        self._resident = Resident(self.inventory, (), self.said.put, self._clock)

    def inventory(self) -> Inventory:
        return Inventory.open(self.path)

    def check(self) -> None:
        """Scan in the real child and say what is due."""
        with self._lock:
            self._resident.check()
            self.checked.put(self._now)

    def checks_within(self, seconds: float) -> bool:
        """Say whether a check came within so many seconds."""
        try:
            self.checked.get(timeout=seconds)
        except queue.Empty:
            return False
        return True

    def drift(self) -> list[tuple[str, Cell]]:
        """Wait until stores are spoken of."""
        while not (said := self.said.get(timeout=60)).drifts:
            pass
        return [(each.store.profile, each.cell) for each in said.drifts]

    def _clock(self) -> datetime:
        self._now += timedelta(minutes=15)
        return self._now


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CERTTRAY_HOME", str(tmp_path / "certtray"))
    return Computer(tmp_path)


@pytest.fixture
def ends() -> Iterator[Callable[[Callable[[], None]], None]]:
    """What is to be stopped after the test."""
    stops: list[Callable[[], None]] = []
    yield stops.append
    for stop in stops:
        stop()


def test_with_events_off_the_schedule_notices(computer: Computer, ends: Callable[[Callable[[], None]], None]) -> None:
    schedule = Schedule(computer.check, interval=timedelta(seconds=0.5))
    schedule.start()
    ends(schedule.stop)
    computer.checked.get(timeout=60)
    nss_database(computer.right, [NEW])
    assert computer.drift() == [("left", Cell.OLDER_VALID)]


def test_with_the_schedule_far_off_the_event_notices_and_our_own_reading_is_none(
    computer: Computer, ends: Callable[[Callable[[], None]], None]
) -> None:
    watch = FileWatch(computer.check, settle=0.3)
    ends(watch.stop)
    computer.check()
    computer.checked.get()
    with computer.inventory() as inventory:
        watch.follow(folders_worth_watching([], [], [], inventory.stores.all()))
    nss_database(computer.right, [NEW])
    computer.checked.get(timeout=30)
    for _ in range(5):  # the tools wrote in several pieces
        if not computer.checks_within(2):
            break
    computer.check()
    computer.checked.get()
    assert not computer.checks_within(2)  # reading a database changes nothing that would wake us again
    nss_database(computer.right, [holder(ALICE, serial=3, key=spare_key(3), not_after=NOW + timedelta(days=30))])
    assert computer.drift() == [("left", Cell.OLDER_VALID)]
