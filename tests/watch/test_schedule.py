from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from certtray.watch.schedule import Schedule
from tests.patience import SECONDS


class Clock:
    """The wall clock, and somebody who sets it."""

    def __init__(self) -> None:
        self.offset = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset


@contextmanager
def running(clock: Clock, interval: timedelta) -> Iterator[tuple[Schedule, queue.SimpleQueue[float]]]:
    posts: queue.SimpleQueue[float] = queue.SimpleQueue()
    schedule = Schedule(
        lambda: posts.put(time.monotonic()), interval=interval, tick=timedelta(seconds=0.05), wall_clock=clock
    )
    schedule.start()
    try:
        yield schedule, posts
    finally:
        schedule.stop()


def test_at_start_and_then_regularly() -> None:
    with running(Clock(), timedelta(seconds=0.2)) as (_, posts):
        first, *later = [posts.get(timeout=SECONDS) for _ in range(4)]
    assert later[-1] - first > 0.3, "more often than it was asked to"
    while not posts.empty():  # one may have come between the fourth and the stop
        posts.get()
    time.sleep(0.4)
    assert posts.empty()


@pytest.mark.parametrize("jump", [timedelta(hours=8), timedelta(minutes=-10), timedelta(days=-400)])
def test_a_jump_of_the_clock_makes_the_check_due_at_once(jump: timedelta) -> None:
    clock = Clock()
    with running(clock, timedelta(hours=1)) as (schedule, posts):
        posts.get(timeout=SECONDS)
        with pytest.raises(queue.Empty):
            posts.get(timeout=0.3)
        # What a clock set back leaves behind: the next run is far ahead of the clock.
        schedule._scheduler.modify_job("check", next_run_time=datetime.now(UTC) + timedelta(days=400))
        clock.offset += jump.total_seconds()
        posts.get(timeout=SECONDS)
        with pytest.raises(queue.Empty):
            posts.get(timeout=0.3)  # once, not at every tick
        next_run = schedule._scheduler.get_job("check").next_run_time
        assert next_run - datetime.now(UTC) < timedelta(hours=1)


def test_a_post_that_fails_does_not_end_it() -> None:
    posts: queue.SimpleQueue[int] = queue.SimpleQueue()

    def post() -> None:
        posts.put(1)
        raise RuntimeError("once")

    schedule = Schedule(post, interval=timedelta(seconds=0.05))
    schedule.start()
    for _ in range(3):
        posts.get(timeout=SECONDS)
    schedule.stop()


def test_one_more_check_at_a_given_time() -> None:
    with running(Clock(), timedelta(hours=1)) as (schedule, posts):
        posts.get(timeout=SECONDS)
        schedule.check_at(datetime.now(UTC) + timedelta(hours=1))
        schedule.check_at(datetime.now(UTC) + timedelta(seconds=0.2))
        posts.get(timeout=SECONDS)
        with pytest.raises(queue.Empty):
            posts.get(timeout=0.3)
