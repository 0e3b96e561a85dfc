"""Who decides what the window shows. Everything is posted to one queue, which one thread consumes; the rest only posts."""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from certtray.cli.arguments import STORES_QUESTION
from certtray.cli.told import Told
from certtray.core.errors import CertTrayError, ChildFailed
from certtray.flows.procedures import PROCEDURES, About
from certtray.program.parts import Parts
from certtray.system.autostart import start_at_login
from certtray.system.settings import Settings, save_settings
from certtray.system.spawn import ask_child
from certtray.text import Text, choose_language
from certtray.watch.cards import CardWatch
from certtray_ui.cards import Cards, TokensPage, read_cards
from certtray_ui.ending import ending
from certtray_ui.face import Answer, WindowFace
from certtray_ui.known import Known, read_known
from certtray_ui.pages import Pages
from certtray_ui.steps import steps
from certtray_ui.stores import StoresPage, stores_to_fix
from certtray_ui.targets import Target
from certtray_ui.views import Views
from certtray_ui.words import error_in_window
from certtray_ui.work import Outcome, Worker

SCAN_SECONDS = 600
"""As the resident process has it: a first scan of a large disk is slow."""
CLOSE_SECONDS = 15
"""How long a step under way may take once the window is closed; then it is cut off, which it survives."""

log = logging.getLogger(__name__)
Row = dict[str, Any]


@dataclass
class _Flow:
    """The procedure in the middle of the window."""

    target: Target
    profile: str
    face: WindowFace
    outcome: Outcome | None = None


@dataclass
class _View:
    """Where the person is; only the desk's thread touches it."""

    page: Target
    flow: _Flow | None = None
    queued: deque[Target] = field(default_factory=deque)
    checking: bool = True
    notice: Row | None = None
    cards: Cards | None = None
    """Readers and tokens as they were read last; None until somebody looks at their page."""
    reading: bool = False
    cards_changed: bool = True
    """Whether they may have changed since."""


class Desk:
    """``push`` shows a picture of everything in the language of a text; it is called from the desk's thread."""

    def __init__(self, parts: Parts, target: Target, push: Callable[[Row, Text], None]) -> None:
        self._parts = parts
        self._push = push
        self._posts: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)
        self._worker = Worker(parts)
        self._watch = CardWatch(lambda: self._posts.put(self._cards_moved), changes=True)
        self._view = _View(Target("overview") if target.is_flow else target)
        for bad in parts.bad_profiles[:1]:  # the rest are named once this one is mended
            self._view.notice = error_in_window(parts.text, bad)
        self._known: Known = read_known(parts)
        self._own = replace(parts)  # an inventory connection of the desk's own thread
        if target.is_flow:
            self.show(target)

    def start(self) -> None:
        """Begin, once the page can show something; a second time does nothing."""
        if self._thread.ident is None:
            self._thread.start()
            self._worker.start()
            threading.Thread(target=self._scan, name="scan", daemon=True).start()
            self._watch.start()
            self._posts.put(self._read_cards)

    def show(self, target: Target) -> None:
        """Go where a link leads; behind a procedure that is not finished it waits its turn. Any thread."""
        self._posts.put(lambda: self._arrive(target))

    def go(self, target: Target) -> None:
        """Go where the person clicked."""
        self._posts.put(lambda: self._go(target))

    def fix(self, target: Target) -> None:
        """Install into the stores the matrix names: the person has just read which."""
        self._posts.put(lambda: self._go(target, stores_to_fix(self._known.matrix, target)))

    def answer(self, number: int, answer: Answer) -> None:
        """Answer the question shown."""
        self._with_face(lambda face: face.answer(number, answer))

    def act(self, number: int, name: str) -> None:
        """Choose another way on."""
        self._with_face(lambda face: face.act(number, name))

    def stop(self) -> None:
        """Stop the procedure."""
        self._with_face(WindowFace.stop)

    def leave(self) -> None:
        """Leave a procedure that has ended."""
        self._posts.put(self._leave)

    def log_out(self) -> None:
        """Log out at the issuer."""
        self._worker.log_out(lambda: self._posts.put(lambda: None))

    def choose(self, change: Callable[[Settings], Settings]) -> None:
        """Keep a changed setting; the window follows at once."""
        self._posts.put(lambda: self._choose(change))

    def start_at_login(self, wanted: bool) -> None:
        """Let the tray start at login, or no longer."""
        self._posts.put(lambda: start_at_login(wanted))

    def check(self) -> None:
        """Look at the disk again, in a child as the resident process does, and at the cards where they are shown."""
        self._posts.put(self._look_again)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders searched, in the order shown."""
        return self._own.settings.folders

    @property
    def wants_file(self) -> bool:
        """Whether the question shown asks for a file."""
        return self._wants("file")

    @property
    def wants_place(self) -> bool:
        """Whether the question shown asks where to put something."""
        return self._wants("place")

    def close(self) -> None:
        """End: a question is cancelled, a step under way is let finish."""
        flow = self._view.flow
        if flow and flow.outcome is None:
            flow.face.stop()
        self._worker.stop(CLOSE_SECONDS)
        self._watch.stop()
        self._posts.put(None)

    def picture(self) -> Row:
        """Return all that is shown now."""
        view, text = self._view, self._own.text
        views = Views(self._own, text, self._known, checking=view.checking)
        row: Row = {
            "language": text.language,
            "theme": self._own.settings.theme,
            "page": view.page.name,
            "link": view.page.link,
            "attention": self._known.attention,
            "drifting": self._known.drifting,
            "issuers": views.issuers(),
            "footer": views.footer(),
            "checked": views.checked(),
            "queued": text.say("window.queued", n=len(view.queued)) if view.queued else "",
            "notice": view.notice,
            "flow": self._flow_row(views, view.flow) if view.flow else None,
        }
        if view.flow is None:
            row["data"] = self._page(views)
        return row

    def _wants(self, kind: str) -> bool:
        flow = self._view.flow
        return flow is not None and flow.outcome is None and flow.face.asks_for(kind)

    def _page(self, views: Views) -> Row:
        page = self._view.page
        pages = Pages(self._own, self._own.text)
        match page.name:
            case "certificate":
                found = views.certificate(page.argument)
                return found if found else views.overview()
            case "issuer" if page.argument in self._own.profiles:
                return views.issuer(self._own.profiles[page.argument], self._worker.person(page.argument))
            case "tokens":
                return TokensPage(
                    views, self._own.text, self._known, self._view.cards, reading=self._view.reading
                ).data()
            case "stores":
                return StoresPage(self._own, self._own.text, self._known.matrix).data()
            case "record":
                return pages.record()
            case "settings":
                return pages.settings()
            case "help":
                return pages.help()
            case _:
                return views.overview()

    def _flow_row(self, views: Views, flow: _Flow) -> Row:
        text = self._own.text
        bar, at = steps(
            flow.target.name,
            flow.face.keys,
            [event.key for event in flow.face.events],
            self._own.profiles.get(flow.profile),
        )
        row: Row = {
            "name": flow.target.name,
            "title": views.flow_title(flow.target.name, flow.profile),
            "steps": [text.say(f"window.step.{step}") for step in bar],
            "at": at,
            "position": text.say("window.position", at=at + 1, of=len(bar), step=text.say(f"window.step.{bar[at]}")),
            **flow.face.picture(text, views.issuer_name(flow.profile)),
        }
        if flow.outcome:
            row.pop("wait", None)
            row["end"] = ending(text, flow.outcome, row["events"], flow.profile)
        return row

    def _profile_of(self, target: Target) -> str:
        """Return the issuer profile a procedure is about, empty where it is about none."""
        match PROCEDURES[target.name].about:
            case About.CERTIFICATE:
                status = self._known.find(target.argument)
                return status.profile.id if status and status.profile else ""
            case About.OPERATION:
                return next((each.profile for each in self._known.unfinished if each.id == target.argument), "")
            case About.ISSUER:
                return target.argument
            case _:
                return ""

    def _run(self) -> None:
        while (post := self._posts.get()) is not None:
            try:
                post()
            except CertTrayError as error:
                log.warning("%s", error)
                self._view.notice = error_in_window(self._own.text, error)
            except Exception:  # a page that cannot be drawn must not end the window
                log.exception("unexpected")
            self._push(self.picture(), self._own.text)

    def _with_face(self, act: Callable[[WindowFace], None]) -> None:
        flow = self._view.flow
        if flow and flow.outcome is None:
            act(flow.face)

    def _arrive(self, target: Target) -> None:
        if self._view.flow and self._view.flow.outcome is None and target != self._view.flow.target:
            if target not in self._view.queued:
                self._view.queued.append(target)
        elif target.name == "resume":
            self._go(Target("overview"))  # resuming may act without a question, and a link never does
        else:
            self._go(target)

    def _go(self, target: Target, stores: tuple[str, ...] = ()) -> None:
        if self._view.flow and self._view.flow.outcome is None:
            return
        self._view.notice = None
        self._view.flow = None
        if not target.is_flow:
            if target.name != "issuer" or target.argument in self._own.profiles:
                self._view.page = target
            if target.name == "tokens":
                self._watch.look_again()
                self._read_cards()
            return
        face = WindowFace(lambda: self._posts.put(lambda: None), self._own.clock)
        flow = self._view.flow = _Flow(target, self._profile_of(target), face)
        played = Told(face, STORES_QUESTION[target.name], list(stores)) if stores else face
        self._worker.play(target, played, lambda outcome: self._posts.put(lambda: self._ended(flow, outcome)))

    def _ended(self, flow: _Flow, outcome: Outcome) -> None:
        self._known = read_known(self._own)
        flow.outcome = outcome
        self._view.cards_changed = self._view.cards_changed or PROCEDURES[flow.target.name].about is About.TOKEN
        self._read_cards()
        self._check()

    def _leave(self) -> None:
        if self._view.flow and self._view.flow.outcome is not None:
            self._view.flow = None
            if self._view.queued:
                self._arrive(self._view.queued.popleft())

    def _choose(self, change: Callable[[Settings], Settings]) -> None:
        settings = change(self._own.settings)
        save_settings(self._own.home.make().settings, settings)
        searched = settings.folders != self._own.settings.folders
        self._own.settings = settings
        self._own.text = Text(choose_language(settings.language))
        if searched:
            self._check()

    def _check(self, child: str = "_scan") -> None:
        if not self._view.checking:
            self._view.checking = True
            threading.Thread(target=self._scan, args=(child,), name="scan", daemon=True).start()

    def _look_again(self) -> None:
        self._check()
        self._cards_moved()

    def _cards_moved(self) -> None:
        """A card was put in or pulled, or may have been: the page that shows them is read anew, else the inventory."""
        self._view.cards_changed = True
        if self._view.page.name == "tokens":
            self._read_cards()
        elif self._view.flow is None:
            self._check("_cards")

    def _read_cards(self) -> None:
        """Read readers and tokens in a thread where they are shown and have changed; never while a procedure uses one."""
        view = self._view
        busy = view.flow is not None and view.flow.outcome is None
        if view.page.name == "tokens" and view.cards_changed and not view.reading and not busy:
            view.reading, view.cards_changed = True, False
            threading.Thread(target=self._read_cards_now, name="cards read", daemon=True).start()

    def _read_cards_now(self) -> None:
        cards = read_cards(self._own.home)
        self._posts.put(lambda: self._cards_read(cards))

    def _cards_read(self, cards: Cards) -> None:
        self._own.inventory.tokens.merge(cards.seen.tokens, self._own.clock())
        self._known = read_known(self._own)
        self._view.reading, self._view.cards = False, cards
        self._read_cards()

    def _scan(self, child: str = "_scan") -> None:
        try:
            for done in ask_child(child, {}, SCAN_SECONDS):
                log.info("scanned: %s", done)
        except (ChildFailed, OSError) as error:
            log.warning("%s", error)
        self._posts.put(self._scanned)

    def _scanned(self) -> None:
        self._view.checking = False
        self._known = read_known(self._own)


def folder_without(settings: Settings, index: int) -> Settings:
    """Return settings that no longer search the folder shown at ``index``."""
    return settings.without_folder(Path(settings.folders[index]).expanduser())
