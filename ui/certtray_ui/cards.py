"""The page of readers, cards and tokens: how near each is to locking, what is on it, and what can be done with it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from certtray.core.certificate import Usage
from certtray.core.errors import CertTrayError, StoreNoAccess
from certtray.core.masks import mask_numbers
from certtray.flows.tokens import Seen, look
from certtray.stores.every import stores_here
from certtray.stores.nss_cards import module_entry, reaches_cards
from certtray.system.paths import Home
from certtray.text import Text
from certtray.token.model import Standing, Token, self_signed
from certtray.token.modules import Module, Unblock, installed, modules
from certtray.token.readers import filled
from certtray.watch.status import Status
from certtray_ui.known import Known
from certtray_ui.targets import Target, leads
from certtray_ui.views import Views
from certtray_ui.words import error_in_window

Row = dict[str, Any]

LEVELS: dict[Standing, str] = {
    Standing.FINE: "ok",
    Standing.LOW: "soon",
    Standing.FINAL: "bad",
    Standing.LOCKED: "bad",
    Standing.UNSET: "info",
}
"""Colour of each standing; its sentence is ``window.tokens.pin.<standing>``."""
FEW = 3
"""Up to so many tries left are shown as dots too."""


NOTHING = Seen((), ())


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser's store, and how it stands towards a module."""

    label: str
    registered: bool
    ours: bool
    """Whether we registered it, and so may take it away again."""


@dataclass(frozen=True, slots=True)
class Cards:
    """All readers and tokens at one moment."""

    readers: Mapping[str, bool] | None = None
    """Each with whether a card is in it; None where the card service cannot be asked."""
    seen: Seen = NOTHING
    modules: Mapping[str, Module] = field(default_factory=dict)
    browsers: Mapping[str, tuple[Browser, ...]] = field(default_factory=dict)
    """By a module's id, whether each browser may load it."""
    error: CertTrayError | None = None
    """What is wrong with the person's own table of modules."""


def read_cards(home: Home) -> Cards:
    """Ask readers and modules; takes a second, no PIN is asked, nothing is changed."""
    readers = filled()
    try:
        known = {module.id: module for module in installed(modules(home.modules))}
        seen = look(home)
        used = {token.module: known[token.module] for token in seen.tokens if token.module in known}
        return Cards(readers, seen, known, {name: tuple(_browsers(module)) for name, module in used.items()})
    except CertTrayError as error:
        return Cards(readers, error=error)


def _browsers(module: Module) -> Iterator[Browser]:
    for store in stores_here(Path.home(), os.environ):
        if module.path is not None and reaches_cards(store):
            with suppress(StoreNoAccess):  # one that cannot be read is told on the page of browsers
                entry = module_entry(store, module.path)
                yield Browser(store.label, entry is not None, entry is not None and entry.ours)


class TokensPage:
    """Builds what the page shows, in the language of ``text``; ``cards`` is None until they were read once."""

    def __init__(self, views: Views, text: Text, known: Known, cards: Cards | None, *, reading: bool) -> None:
        self._views, self._text, self._say, self._known = views, text, text.say, known
        self._cards, self._reading = cards or Cards({}), reading or cards is None
        self._read = cards is not None

    def data(self) -> Row:
        """How cards and tokens stand in a sentence with the one next action, then each reader."""
        seen = self._cards.seen
        return {
            "summary": self._summary(),
            "reading": self._say("window.tokens.reading") if self._reading and self._read else "",
            "readers": self._readers(),
            "failed": [error_in_window(self._text, each) for each in self._errors()],
            "service": self._say("window.tokens.no_service") if self._cards.readers is None and seen.tokens else "",
        }

    def _errors(self) -> list[CertTrayError]:
        error = self._cards.error
        return [*([error] if error else []), *self._cards.seen.failed]

    def _summary(self) -> Row:
        tokens = self._cards.seen.tokens
        if not self._read:
            return self._sentence("info", "looking")
        for standing in (Standing.LOCKED, Standing.FINAL):
            for token in tokens:
                if token.standing is standing:
                    return self._pin_summary(token)
        for status in self._known.pressing:
            held = [each for each in tokens if status.entry.certificate in [one.certificate for one in each.held]]
            if held:
                row = self._views.certificate_row(status)
                title = self._say(f"window.tokens.{status.state.name}.title", token=held[0].name, n=status.days_left)
                said = {"level": row["level"], "title": title, "detail": self._say("window.tokens.safe")}
                return {**said, "action": row["action"], "target": row["target"]}
        if tokens:
            return self._sentence("ok", "well", n=len(tokens))
        if self._errors():
            return {**self._sentence("soon", "failed"), **self._to_environment()}
        if any((self._cards.readers or {}).values()):
            return {**self._sentence("soon", "unknown"), **self._to_environment()}
        return {**self._sentence("info", "none"), **self._to_environment()}

    def _sentence(self, level: str, key: str, **facts: str | int) -> Row:
        said = {part: self._say(f"window.tokens.{key}.{part}", **facts) for part in ("title", "detail")}
        return {"level": level, **said}

    def _to_environment(self) -> Row:
        return {"action": self._say("window.tokens.environment"), "target": Target("environment").link}

    def _pin_summary(self, token: Token) -> Row:
        row = self._sentence("bad", token.standing, token=token.name)
        if not self._can_unlock(token):
            return {**row, "detail": self._say(f"window.tokens.{token.standing}.issuer")}
        return {**row, "action": self._say("window.tokens.act.unlock"), "target": _of("token-unlock", token)}

    def _readers(self) -> list[Row]:
        """Readers of the card service first, then what has a place of its own."""
        tokens, readers = self._cards.seen.tokens, self._cards.readers or {}
        places = list(dict.fromkeys([*readers, *(token.reader for token in tokens)]))
        return [
            {
                "name": place,
                "state": "" if here else self._say(f"window.tokens.{'unknown' if readers[place] else 'empty'}"),
                "tokens": [self._token(token) for token in here],
            }
            for place in places
            for here in [[token for token in tokens if token.reader == place]]
        ]

    def _token(self, token: Token) -> Row:
        module = self._cards.modules.get(token.module)
        facts = [self._say("window.tokens.serial", serial=token.serial)]
        facts += [self._say("window.tokens.module", name=module.name)] if module else []
        facts += [] if token.free is None else [self._say("window.tokens.free", n=token.free // 1024)]
        return {
            "label": mask_numbers(token.label or token.model),
            "facts": facts,
            "pin": self._pin(token),
            "read_only": self._say("token_list.read_only") if token.read_only else "",
            "browsers": [
                {
                    "level": "ok" if each.registered else "off",
                    "text": self._say(
                        f"window.tokens.browser.{'ready' if each.registered else 'not'}", name=mask_numbers(each.label)
                    ),
                    "hint": "",
                }
                for each in self._cards.browsers.get(token.module, ())
            ],
            "certificates": self._certificates(token),
            "actions": [
                {"label": self._say(f"window.tokens.act.{name}"), "target": _of(f"token-{name}", token), "first": first}
                for name, first in self._actions(token)
            ],
        }

    def _pin(self, token: Token) -> Row:
        unnumbered = {Standing.FINE: "unknown", Standing.LOW: "unsure"} if token.tries_left is None else {}
        key = unnumbered.get(token.standing, token.standing.value)
        left = token.tries_left or 0
        return {
            "level": LEVELS[token.standing],
            "text": self._say(f"window.tokens.pin.{key}", n=left),
            "left": token.tries_left if left <= FEW else None,
        }

    def _certificates(self, token: Token) -> list[Row]:
        held = sorted(
            (each.certificate for each in token.held if not (each.certificate.is_ca or self_signed(each.certificate))),
            key=lambda each: (each.not_after, each.usage is not Usage.SIGN),
        )
        found = (self._known.find(each.fingerprint) for each in held)
        return [self._row(status, token) for status in found if status is not None]

    def _row(self, status: Status, token: Token) -> Row:
        """A certificate as everywhere, its chips without the token it is shown in."""
        row = self._views.certificate_row(status)
        others = [
            chip
            for chip, place in zip(row["chips"], status.entry.locations, strict=True)
            if place.path != f"token:{token.serial}"
        ]
        return {**row, "chips": others}

    def _actions(self, token: Token) -> Iterable[tuple[str, bool]]:
        """What can be done now, and which of it should be."""
        works = token.standing not in (Standing.LOCKED, Standing.UNSET)
        if works and not token.read_only:
            yield "pin", False
        if self._can_unlock(token):
            yield "unlock", token.standing is Standing.LOCKED
        if works and not token.read_only and self._has_old(token, self._known.now):
            yield "delete", False
        if works and any(each.certificate.usage in (Usage.SIGN, Usage.BOTH) for each in token.held):
            yield "test", False
        browsers = self._cards.browsers.get(token.module, ())
        if token.held and not (browsers and all(each.registered for each in browsers)):
            yield "register", False
        if any(each.ours for each in browsers):
            yield "unregister", False

    def _can_unlock(self, token: Token) -> bool:
        module = self._cards.modules.get(token.module)
        return module is not None and module.unblock is not Unblock.NONE and not token.read_only

    def _has_old(self, token: Token, now: datetime) -> bool:
        known = (self._known.find(each.certificate.fingerprint) for each in token.held)
        revoked = any(status is not None and status.state.name == "revoked" for status in known)
        return revoked or any(each.certificate.not_after < now for each in token.held if not each.certificate.is_ca)


def _of(procedure: str, token: Token) -> str:
    """Return the link to a procedure about this token; where its serial number fits no link, the person picks it there."""
    target = Target(procedure, token.serial)
    return (target if leads(target) else Target(procedure)).link
