"""A resume is heard of, on a real bus with a logind that says so."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from certtray.watch.sleep import SleepWatch
from tests.notify.desk import Desk, desk
from tests.patience import SECONDS
from tests.watch.logind import Logind

Posts = queue.SimpleQueue[int]


@contextmanager
def watching(posts: Posts) -> Iterator[SleepWatch]:
    watch = SleepWatch(lambda: posts.put(1), retry=(0.05,))
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()
        watch.stop()


def becomes(watch: SleepWatch, reason: str | None) -> None:
    deadline = time.monotonic() + SECONDS
    while watch.why_not() != reason:
        assert time.monotonic() < deadline, watch.why_not()
        time.sleep(0.01)


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with desk(tmp_path / "desk") as made:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", made.bus("system"))
        yield made


def test_after_a_resume_and_only_then(computer: Desk) -> None:
    posts: Posts = queue.SimpleQueue()
    logind = Logind()
    with watching(posts) as watch:
        becomes(watch, None)
        logind.says(asleep=True)
        logind.says(asleep=False, member="PrepareForShutdown")
        with pytest.raises(queue.Empty):
            posts.get(timeout=0.5)
        logind.says(asleep=False)
        posts.get(timeout=SECONDS)
    logind.end()


def test_somebody_else_cannot_wake_us(computer: Desk) -> None:
    posts: Posts = queue.SimpleQueue()
    stranger = Logind(name=None)
    with watching(posts) as watch:
        becomes(watch, "no-logind")
        stranger.says(asleep=False)
        with pytest.raises(queue.Empty):
            posts.get(timeout=0.5)
        logind = Logind()  # it comes late
        logind.says(asleep=False)
        posts.get(timeout=SECONDS)
        assert watch.why_not() is None
    logind.end()
    stranger.end()


def test_no_bus_is_a_reason_and_one_that_comes_back_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posts: Posts = queue.SimpleQueue()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/desk/system-bus")
    with watching(posts) as watch:
        becomes(watch, "no-bus")
        for _ in range(2):
            with desk(tmp_path / "desk") as computer:
                computer.bus("system")
                logind = Logind()
                becomes(watch, None)
                logind.says(asleep=False)
                posts.get(timeout=SECONDS)
                logind.end()
            becomes(watch, "no-bus")
    assert watch.why_not() == "not started"
