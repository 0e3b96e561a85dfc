"""The card watcher in a process of its own, as in the tray: events, a service that stops, and an end that ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from certtray.token.pcsc import PcscError
from certtray.token.readers import ARRIVALS, PRESENT, Watch
from certtray.watch.cards import CardWatch
from certtray_sandbox.cards.piv import PivCard
from certtray_sandbox.cards.service import Service, card_service
from tests.token.conftest import fine_card

CHILD = """
import sys
from certtray.watch.cards import CardWatch
watch = CardWatch(lambda: print("card", flush=True), shortest=0.2)
watch.start()
for line in sys.stdin:
    if line == "again\\n":
        watch.look_again()
    print(line.strip(), flush=True)
watch.stop()
print("stopped", flush=True)
"""
UNTIL_EMPTY = """
import sys
from certtray.token.readers import PRESENT, Watch
known = {}
with Watch() as watch:
    while (known := watch.look(known))[sys.argv[1]] & PRESENT:
        pass
"""
SECONDS = 10
SETTLE, LONGER_THAN_A_POLL = 0.5, 1.5


CHANGES = """
import sys
from certtray.watch.cards import CardWatch
watch = CardWatch(lambda: print("changed", flush=True), changes=True)
watch.start()
for line in sys.stdin:
    print(line.strip(), flush=True)
watch.stop()
print("stopped", flush=True)
"""


def until_seen_empty(service: Service, reader: str) -> None:
    """Wait until the service has seen that the card is out: the virtual reader looks every 0.4 seconds only."""
    environment = {**os.environ, **service.environment}
    subprocess.run([sys.executable, "-c", UNTIL_EMPTY, reader], env=environment, check=True, timeout=SECONDS)


class Watcher:
    """The child; ``next`` is its next line."""

    def __init__(self, environment: dict[str, str], child: str = CHILD) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", child],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def next(self) -> str:
        """Wait for a line."""
        assert self.process.stdout is not None
        late = threading.Timer(SECONDS, self.process.kill)
        late.start()
        try:
            return self.process.stdout.readline().strip()
        finally:
            late.cancel()

    def says_nothing_before(self, word: str) -> bool:
        """Say whether no card was seen up to now."""
        assert self.process.stdin is not None
        print(word, file=self.process.stdin, flush=True)
        return self.next() == word

    def stop(self) -> list[str]:
        """Stop it; return what it said."""
        late = threading.Timer(SECONDS, self.process.kill)
        late.start()
        said, _ = self.process.communicate("")
        late.cancel()
        return said.split()

    def sleeps_through(self) -> bool:
        """Say whether the watching thread stays asleep for longer than a poll's second; time is all there is to wait for."""
        threading.Event().wait(SETTLE)
        before = self.switches()
        threading.Event().wait(LONGER_THAN_A_POLL)
        return self.switches() == before

    def switches(self) -> int:
        """Return how often the watching thread, the only one beside the main one, went to sleep."""
        tasks = [
            each for each in Path(f"/proc/{self.process.pid}/task").iterdir() if each.name != str(self.process.pid)
        ]
        lines = [line for task in tasks for line in (task / "status").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


@contextmanager
def watcher(environment: dict[str, str], child: str = CHILD) -> Iterator[Watcher]:
    made = Watcher(environment, child)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with card_service() as made:
        yield made


@pytest.fixture
def service(running: Service) -> Iterator[Service]:
    """Both slots empty, and seen to be."""
    yield running
    for slot in running.slots:
        slot.remove()
        until_seen_empty(running, slot.reader)


@pytest.fixture
def card(tmp_path: Path) -> PivCard:
    return fine_card(tmp_path)[0]


def test_each_card_put_in_is_noticed_once_and_waiting_costs_nothing(service: Service, card: PivCard) -> None:
    first, second = service.slots
    first.insert(card)
    with watcher(dict(service.environment)) as watch:
        assert watch.next() == "card"  # it was in already
        assert watch.sleeps_through()
        first.remove()
        second.insert(card)
        assert watch.next() == "card"
        second.remove()
        until_seen_empty(service, first.reader)
        first.insert(card)
        assert watch.next() == "card"
        subprocess.run(["opensc-tool", "-r", "0", "-a"], env={**os.environ, **service.environment}, check=True)
        assert watch.says_nothing_before("y")  # a card in use is no new one
        begin = monotonic()
        assert watch.stop() == ["stopped"]
        assert monotonic() - begin < 2


def test_whoever_shows_cards_is_told_of_pulled_ones_too_but_not_of_what_was_there(
    service: Service, card: PivCard
) -> None:
    first = service.slots[0]
    first.insert(card)
    with watcher(dict(service.environment), CHANGES) as watch:
        assert watch.sleeps_through()
        assert watch.says_nothing_before("x")
        first.remove()
        assert watch.next() == "changed"
        first.insert(card)
        assert watch.next() == "changed"
        subprocess.run(["opensc-tool", "-r", "0", "-a"], env={**os.environ, **service.environment}, check=True)
        assert watch.says_nothing_before("y")
        assert watch.stop() == ["stopped"]


def test_a_service_that_comes_back_is_found_again(service: Service, card: PivCard) -> None:
    with watcher(dict(service.environment)) as watch:
        service.slots[0].insert(card)
        assert watch.next() == "card"
        service.stop()
        service.start()
        service.slots[0].insert(card)
        assert watch.next() == "card"
        assert watch.stop() == ["stopped"]


def test_a_service_that_is_started_later_is_found_at_the_next_check(service: Service, card: PivCard) -> None:
    service.stop()
    with watcher(dict(service.environment)) as watch:
        assert watch.says_nothing_before("x")
        service.start()
        service.slots[0].insert(card)
        assert watch.sleeps_through()  # nothing polls for it
        assert watch.says_nothing_before("y")
        assert watch.says_nothing_before("again")
        assert watch.next() == "card"
        assert watch.stop() == ["stopped"]


def test_it_stops_where_there_is_no_service(tmp_path: Path) -> None:
    with watcher({"PCSCLITE_CSOCK_NAME": str(tmp_path / "none")}) as watch:
        assert watch.says_nothing_before("x")
        assert watch.stop() == ["stopped"]


class FakeReaders(Watch):
    """A faked SCard layer: a virtual reader cannot be plugged in and out, so this one's list changes."""

    def __init__(self) -> None:
        self.states: list[dict[str, int]] = [
            {ARRIVALS: 0},
            {ARRIVALS: 1 << 16, "USB": 0x10},
            {ARRIVALS: 1 << 16, "USB": 1 << 16 | PRESENT},
            {ARRIVALS: 0},
            {ARRIVALS: 1 << 16, "USB": 1 << 16 | PRESENT},
        ]
        self.ended = threading.Event()

    def __exit__(self, *_: object) -> None:
        pass

    def look(self, known: Mapping[str, int]) -> dict[str, int]:
        """Return the next state, then wait until cancelled."""
        del known
        if self.states:
            return self.states.pop(0)
        self.ended.wait(SECONDS)
        raise PcscError(0x80100002)

    def cancel(self) -> None:
        """End the wait."""
        self.ended.set()


def test_a_reader_that_is_plugged_in_later(tmp_path: Path) -> None:
    posts = threading.Semaphore(0)
    watch = CardWatch(posts.release, open_watch=FakeReaders)
    watch.start()
    assert all(posts.acquire(timeout=SECONDS) for _ in range(2))
    watch.stop()
    watch.stop()
    assert not posts.acquire(blocking=False)
