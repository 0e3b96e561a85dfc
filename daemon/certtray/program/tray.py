"""The tray process: everything that wants attention posts to one queue, and one thread works it off.

The main thread belongs to the icon (macOS asks for that). Schedule, file events, sleep, notices, menu and endpoint only post.
"""

from __future__ import annotations

import logging
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType

from certtray.core.errors import CertTrayError
from certtray.endpoint.single import single
from certtray.endpoint.words import Request, Verb
from certtray.flows.operations import Operations
from certtray.inventory.db import Inventory
from certtray.notify.base import Message
from certtray.notify.choose import this_desktop
from certtray.notify.notices import Notices
from certtray.notify.words import LATER, Words
from certtray.program.resident import Resident
from certtray.program.situation import look
from certtray.rules.profile import Profile
from certtray.stores.folders import expand
from certtray.system.clock import Clock
from certtray.system.locks import alone
from certtray.system.paths import Home
from certtray.system.spawn import ask_child, command, end_children
from certtray.text import Text
from certtray.tray.app import TrayApp
from certtray.tray.menu import OVERVIEW
from certtray.tray.situation import Command, Do, NoTray, Open, Situation
from certtray.watch.cards import CardWatch
from certtray.watch.drift import next_settles
from certtray.watch.files import FileWatch, folders_worth_watching
from certtray.watch.quiet import next_morning, wake_up
from certtray.watch.schedule import Schedule
from certtray.watch.sleep import SleepWatch
from certtray.watch.trouble import Trouble

STOP_SECONDS = 5
"""How long a check under way is waited for when the session ends."""

SURVEY_SECONDS = 120
"""How long the environment check may take: a dead host is waited for."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Later:
    """稍後提醒 was pressed on a notice."""

    message: Message


@dataclass(frozen=True, slots=True)
class Surveyed:
    """The environment check is through."""

    bad: int


@dataclass(frozen=True, slots=True)
class CardIn:
    """A card was put into a reader."""


Post = Command | Later | Surveyed | CardIn


class TrayProcess:
    """All that runs while the icon is there; holds no secret and reads no certificate itself."""

    def __init__(self, home: Home, profiles: tuple[Profile, ...], text: Text, clock: Clock) -> None:
        self._home, self._profiles, self._text, self._clock = home, profiles, text, clock
        self._posts: queue.SimpleQueue[Post] = queue.SimpleQueue()
        self._tray = TrayApp(Situation(text.language, text.say("tray.sentence.checking")), self._post)
        self._notices = Notices(this_desktop(), Words(text), self._chosen)
        self._resident = Resident(self._inventory, profiles, self._notices.hand_over, clock)
        self._schedule = Schedule(self._check_soon)
        self._files = FileWatch(self._check_soon)
        self._sleep = SleepWatch(self._check_soon)
        self._cards = CardWatch(self._card_in)
        self._trouble = Trouble()
        self._surveyed = False
        self._in_the_way = 0
        """How much the last environment check found."""

    def run(self) -> None:
        """Stay until told to quit; where one of this home runs already it is told to open its window, and this returns."""
        endpoint = single("tray", self._home, Request(Verb.SHOW), self._received)
        if endpoint is None:
            return
        try:
            with alone(self._home.resident_lock, "run"):
                self._stay()
        finally:
            endpoint.close()

    def _stay(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        worker = threading.Thread(target=self._work, name="posts", daemon=True)
        worker.start()
        self._schedule.start()
        self._sleep.start()
        self._cards.start()
        try:
            self._tray.run()
        finally:
            self._posts.put(Do.QUIT)
            self._schedule.stop()
            self._sleep.stop()
            self._cards.stop()
            self._files.stop()
            worker.join(STOP_SECONDS)
            self._notices.close()
            end_children()

    def _work(self) -> None:
        while (post := self._posts.get()) is not Do.QUIT:
            try:
                self._handle(post)
            except CertTrayError as error:
                log.warning("%s", error)

    def _handle(self, post: Post) -> None:
        match post:
            case Do.CHECK:
                self._check()
            case CardIn():
                self._check("_cards")
            case Do.PAUSE_HOUR | Do.PAUSE_UNTIL_MORNING | Do.UNPAUSE:
                self._pause(post)
            case Open(target):
                subprocess.Popen(command("window", target), start_new_session=True)  # noqa: S603 - our own program
            case NoTray(why):
                print(why, file=sys.stderr, flush=True)
            case Surveyed(bad):
                self._environment(bad)
            case Later(message):
                with self._inventory() as inventory:
                    inventory.journal.snooze(message.fingerprints, next_morning(self._clock()))
                self._show()
            case _:
                pass

    def _environment(self, bad: int) -> None:
        """Only what fails is worth a word, and each time once."""
        before, self._in_the_way = self._in_the_way, bad
        self._show()
        if bad != before:
            self._notices.environment(bad)

    def _check(self, scanner: str = "_scan") -> None:
        self._cards.look_again()
        try:
            self._resident.check(scanner)
        except CertTrayError as error:
            log.warning("check failed, tried again at the next: %s", error)
            if self._trouble.failed():
                self._notices.failing(error)
        else:
            if self._trouble.succeeded():
                self._notices.works_again()
        self._show()
        if not self._surveyed:  # once, and not while the icon is still to come: it loads every module there is
            self._surveyed = True
            self._survey()

    def _show(self) -> None:
        """Bring icon, menu, watched folders and the next check up to what is known now."""
        now = self._clock()
        with self._inventory() as inventory:
            unfinished = Operations(self._home.operations).unfinished()
            self._tray.show(look(self._text, inventory, unfinished, self._profiles, now, self._in_the_way))
            templates = [template for profile in self._profiles if profile.file for template in profile.file.scan]
            places = [folder for template in templates for folder in expand(template, Path.home())]
            stores = inventory.stores.all()
            self._files.follow(folders_worth_watching(inventory.entries(), inventory.bad_files(), places, stores))
            moments = wake_up(inventory.journal.quiet(), now), next_settles(inventory.journal.drifts(), now)
            if wanted := [moment for moment in moments if moment is not None]:
                self._schedule.check_at(min(wanted))

    def _pause(self, wish: Do) -> None:
        now = self._clock()
        until = {Do.PAUSE_HOUR: now + timedelta(hours=1), Do.PAUSE_UNTIL_MORNING: next_morning(now)}.get(wish)
        with self._inventory() as inventory:
            inventory.journal.pause(until)
        self._check()

    def _inventory(self) -> Inventory:
        return Inventory.open(self._home.inventory)

    # From here on: called on other threads, so they post and return.

    def _survey(self) -> None:
        """Look at the computer in a child, which takes its time."""

        def work() -> None:
            try:
                for found in ask_child("_environment", {}, SURVEY_SECONDS):
                    self._post(Surveyed(len(found["bad"])))
            except CertTrayError as error:
                log.warning("environment not checked: %s", error)

        threading.Thread(target=work, name="environment", daemon=True).start()

    def _post(self, post: Post) -> None:
        self._posts.put(post)
        if post is Do.QUIT:
            self._tray.stop()

    def _check_soon(self) -> None:
        self._post(Do.CHECK)

    def _card_in(self) -> None:
        self._post(CardIn())

    def _chosen(self, message: Message, button: str) -> None:
        self._post(Later(message) if button == LATER else Open(message.target))

    def _received(self, request: Request) -> None:
        match request.verb:
            case Verb.SHOW:
                self._post(Open(request.target or OVERVIEW))
            case Verb.CHANGED:
                self._post(Do.CHECK)
                if self._in_the_way:  # perhaps it was put right
                    self._survey()
            case Verb.QUIT:
                self._post(Do.QUIT)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._post(Do.QUIT)
