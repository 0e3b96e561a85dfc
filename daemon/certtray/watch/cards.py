"""Cards: one that is put into a reader is noticed at once. No polling: the thread waits inside the PC/SC service."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from certtray.token.pcsc import PcscError
from certtray.token.readers import ARRIVALS, PRESENT, Watch

SHORTEST, LONGEST = 1.0, 60.0
"""Seconds until a service that stopped is looked for again: twice as long each time, then only when told to."""
CANCEL_SECONDS = 0.05
"""A cancel that comes just before the wait is lost, so it is sent until the thread has ended."""

log = logging.getLogger(__name__)


class CardWatch:
    """Calls ``post`` from a thread of its own when a card was put in, and after the service came back with one.

    With ``changes`` also when one was pulled or a reader came or went, but not for what is there at the start.
    """

    def __init__(
        self,
        post: Callable[[], None],
        *,
        changes: bool = False,
        open_watch: Callable[[], Watch] = Watch,
        shortest: float = SHORTEST,
    ) -> None:
        self._post = post
        self._seen: dict[str, int] | None = None if changes else {}
        self._changes = changes
        self._open = open_watch
        self._shortest = shortest
        self._stopped, self._told = threading.Event(), threading.Event()
        self._watch: Watch | None = None
        self._thread = threading.Thread(target=self._run, name="cards", daemon=True)

    def start(self) -> None:
        """Begin; a card that is in already is posted too."""
        self._thread.start()

    def look_again(self) -> None:
        """Look whether a service that was not there is there now; where one is waited in, this changes nothing."""
        self._told.set()

    def stop(self) -> None:
        """End; a second time does nothing."""
        self._stopped.set()
        self._told.set()
        while self._thread.is_alive():
            if (watch := self._watch) is not None:
                watch.cancel()
            self._thread.join(CANCEL_SECONDS)

    def _run(self) -> None:
        pause = None  # most computers have no such service, and no timer runs for it
        while not self._stopped.is_set():
            try:
                with self._open() as self._watch:
                    pause = self._shortest
                    self._follow(self._watch)
            except PcscError as error:
                log.info("card service: %s", error)
            except Exception:  # whatever it was, the next card must find this thread alive
                log.exception("cards")
            self._watch = None
            self._told.wait(pause)
            self._told.clear()
            pause = None if pause is None or pause > LONGEST else pause * 2

    def _follow(self, watch: Watch) -> None:
        """Post each card that comes, until PcscError."""
        known: dict[str, int] = {}
        if not self._changes:
            self._seen = {}
        while not self._stopped.is_set():
            known = watch.look(known)
            # The count of cards come and gone, or -1 for an empty reader.
            now = {name: state >> 16 if state & PRESENT else -1 for name, state in known.items() if name != ARRIVALS}
            if self._is_news(now):
                self._post()
            self._seen = now

    def _is_news(self, now: dict[str, int]) -> bool:
        if self._changes:
            return self._seen is not None and now != self._seen
        before = self._seen or {}
        return any(count >= 0 and before.get(reader) != count for reader, count in now.items())
