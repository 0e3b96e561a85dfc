"""The resident process: watches all day and says what is due. It reads no foreign bytes and holds no secret.

Everything that wants its attention posts to one queue, which one thread consumes; reading is done by a child.
"""

from __future__ import annotations

import logging
import queue
import signal
from collections.abc import Callable
from types import FrameType

from certtray.core.errors import ChildFailed, InventoryUnusable, WriteFailed
from certtray.inventory.db import Inventory
from certtray.rules.profile import Profile
from certtray.system.clock import Clock
from certtray.system.spawn import ask_child
from certtray.watch.due import Digest, tell
from certtray.watch.schedule import Schedule

SCAN_SECONDS = 600
"""How long a scan may take; a first one of a large disk is slow, a hung one is ended."""

log = logging.getLogger(__name__)


class Resident:
    """One check is: a scanner child brings the inventory up to date, then what is due is handed over once."""

    def __init__(
        self,
        inventory: Callable[[], Inventory],
        profiles: tuple[Profile, ...],
        hand_over: Callable[[Digest], None],
        clock: Clock,
    ) -> None:
        self._inventory = inventory
        self._profiles = profiles
        self._hand_over = hand_over
        self._clock = clock
        self._posts: queue.SimpleQueue[str] = queue.SimpleQueue()

    def check(self, scanner: str = "_scan") -> None:
        """Have a child read (``_cards``: cards only), and tell each time it says that it has; ChildFailed if it did not finish."""
        for done in ask_child(scanner, {}, SCAN_SECONDS):
            log.info("scanned: %s", done)
            with self._inventory() as inventory:
                tell(inventory, self._profiles, self._clock(), self._hand_over)

    def stay(self) -> None:
        """Check at start, at least every hour and after a sleep, until SIGTERM or SIGINT."""
        schedule = Schedule(lambda: self._posts.put("check"))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        schedule.start()
        try:
            while self._posts.get() != "stop":
                try:
                    self.check()
                except (ChildFailed, InventoryUnusable, WriteFailed) as error:
                    log.warning("check failed, tried again at the next: %s", error)
        finally:
            schedule.stop()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._posts.put("stop")  # SimpleQueue.put is safe inside a signal handler
