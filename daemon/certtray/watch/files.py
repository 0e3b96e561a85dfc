"""File events: a certificate file that comes, changes or goes is noticed at once."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from certtray.core.identity import is_mine
from certtray.core.store import DATABASES
from certtray.inventory.model import BadFile, Entry, KnownStore
from certtray.stores.folders import SUFFIXES

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

SETTLE = 1.0
"""Seconds without an event after which a change counts as complete: a download writes in many pieces."""

LONGEST_WAIT = 10.0
"""Seconds after which a change is posted even if the events go on."""

MOST = 100
"""Folders watched; each costs a thread and 23 KiB. What lies elsewhere is found by the regular check."""

log = logging.getLogger(__name__)


def folders_worth_watching(
    entries: Iterable[Entry],
    bad_files: Iterable[BadFile],
    profile_folders: Iterable[Path],
    stores: Iterable[KnownStore],
) -> list[Path]:
    """Return the folders the issuers' programs use, then every store's, then those of the person's known and locked files."""
    mine = [entry for entry in entries if is_mine(entry.certificate, entry.has_key)]
    folders = [known.store.folder for known in stores]
    folders += [Path(place.path).parent for entry in mine for place in entry.locations if not place.store]
    folders += [Path(bad.path).parent for bad in bad_files if bad.problem.code in ("locked", "wrong-password")]
    return list(dict.fromkeys([*profile_folders, *folders]))


class FileWatch:
    """Calls ``post`` from a thread of its own, once for events that follow each other closely."""

    def __init__(self, post: Callable[[], None], *, settle: float = SETTLE, longest_wait: float = LONGEST_WAIT) -> None:
        self._settle = Settle(post, settle, longest_wait)
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, ObservedWatch] = {}
        self._begun: set[Path] = set()

    def follow(self, folders: Iterable[Path]) -> None:
        """Watch these folders, not what is below them, and no others.

        To be called after each check: a folder that vanished and came back, or whose watch died, is watched anew.
        A folder's first watch is followed by a post: neither check nor watch saw what came to it between the two.
        """
        from watchdog.observers import Observer

        if self._observer is None or not self._observer.is_alive():
            self.stop_watching()
            self._observer = Observer()
            self._observer.start()
        alive = {emitter.watch for emitter in self._observer.emitters if emitter.is_alive()}
        wanted = [folder for folder in dict.fromkeys(folders) if folder.is_dir()]
        if len(wanted) > MOST:
            log.info("%s folders are left to the regular check", len(wanted) - MOST)
        wanted = wanted[:MOST]
        for folder, watch in list(self._watches.items()):
            if folder not in wanted or watch not in alive:
                del self._watches[folder]
                self._observer.unschedule(watch)
        for folder in wanted:
            if folder not in self._watches:
                self._begin(self._observer, folder)

    def stop(self) -> None:
        """End; a second time does nothing."""
        self.stop_watching()
        self._settle.stop()

    def stop_watching(self) -> None:
        """Watch nothing, until ``follow`` is called again."""
        if self._observer is not None:
            if self._observer.is_alive():
                self._observer.stop()
                self._observer.join()
            self._observer = None
            self._watches.clear()

    def _begin(self, observer: BaseObserver, folder: Path) -> None:
        from watchdog import events

        # Not "opened" and "closed without writing": our own scanner does that, and would wake itself for ever.
        kinds: list[type[FileSystemEvent]] = [
            events.FileCreatedEvent,
            events.FileModifiedEvent,
            events.FileMovedEvent,
            events.FileDeletedEvent,
            events.DirCreatedEvent,
            events.DirMovedEvent,
            events.DirDeletedEvent,
        ]
        handler = events.FileSystemEventHandler()
        handler.on_any_event = self._seen  # type: ignore[method-assign]
        try:
            self._watches[folder] = observer.schedule(handler, str(folder), event_filter=kinds)
        except OSError as error:  # inotify's limits, or gone meanwhile
            log.warning("cannot be watched: %s: %s", folder, error.strerror)
        else:
            if folder not in self._begun:
                self._begun.add(folder)
                self._settle.touch()

    def _seen(self, event: FileSystemEvent) -> None:
        paths = (os.fsdecode(event.src_path), os.fsdecode(event.dest_path))
        if event.is_directory or any(path[-4:].lower() in SUFFIXES or path.endswith(DATABASES) for path in paths):
            self._settle.touch()


class Settle:
    """Turns a burst of ``touch`` into one ``post``; its thread waits in the kernel between bursts."""

    def __init__(self, post: Callable[[], None], quiet: float, longest: float) -> None:
        self._post = post
        self._quiet = quiet
        self._longest = longest
        self._touched = threading.Condition()
        self._count = 0
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="file-events", daemon=True)
        self._thread.start()

    def touch(self) -> None:
        """Something happened."""
        with self._touched:
            self._count += 1
            self._touched.notify()

    def stop(self) -> None:
        """End without a further post."""
        with self._touched:
            self._stopped = True
            self._touched.notify()
        self._thread.join()

    def _run(self) -> None:
        while self._burst():
            try:
                self._post()
            except Exception:  # the next event must find this thread alive
                log.exception("post")

    def _burst(self) -> bool:
        """Wait for a burst to begin and to end; false when stopped."""
        with self._touched:
            self._touched.wait_for(lambda: self._count or self._stopped)
            end = time.monotonic() + self._longest
            while not self._stopped and (left := min(self._quiet, end - time.monotonic())) > 0:
                self._count = 0
                if not self._touched.wait_for(lambda: self._count or self._stopped, left):
                    break
            self._count = 0
            return not self._stopped
