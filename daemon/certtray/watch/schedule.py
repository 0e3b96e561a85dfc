"""When to look again: at start, every hour, and as soon as the clock has jumped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

INTERVAL = timedelta(hours=1)
TICK = timedelta(minutes=1)
JUMP = timedelta(seconds=30)
"""How far the wall clock may run from the tick before it counts as a sleep or as set by somebody."""

_CHECK = "check"
_EXTRA = "extra"


class Schedule:
    """Calls ``post`` from threads of its own; it must only put something into a queue.

    The scheduler counts in time that stands still while the computer sleeps, and after the clock was set back its next
    run lies far ahead; the tick against the wall clock sees both and makes the check due at once.
    """

    def __init__(
        self,
        post: Callable[[], None],
        *,
        interval: timedelta = INTERVAL,
        tick: timedelta = TICK,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._post = post
        self._tick = tick.total_seconds()
        self._wall_clock = wall_clock
        self._stopped = threading.Event()
        self._ticker = threading.Thread(target=self._watch_clock, name="clock-watch", daemon=True)
        self._scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
        self._scheduler.add_job(
            post,
            "interval",
            seconds=interval.total_seconds(),
            id=_CHECK,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=None,  # the default drops a job that is a second late
        )

    def start(self) -> None:
        """Begin; the first check is due now."""
        self._scheduler.start()
        self._ticker.start()

    def stop(self) -> None:
        """End, and wait for a post under way."""
        self._stopped.set()
        self._ticker.join()
        self._scheduler.shutdown()

    def check_now(self) -> None:
        """Make the check due at once, and the next one an interval later."""
        self._scheduler.modify_job(_CHECK, next_run_time=datetime.now(UTC))

    def check_at(self, moment: datetime) -> None:
        """Make one more check due at ``moment`` (aware), instead of the one asked for before."""
        self._scheduler.add_job(
            self._post, "date", run_date=moment, id=_EXTRA, replace_existing=True, misfire_grace_time=None
        )

    def _watch_clock(self) -> None:
        last = self._wall_clock()
        while not self._stopped.wait(self._tick):
            now = self._wall_clock()
            if abs(now - last - self._tick) > JUMP.total_seconds():
                self.check_now()
            last = now
