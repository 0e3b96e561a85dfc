"""The menu as data: what needs attention first, each line opening its own page."""

from __future__ import annotations

from dataclasses import dataclass

from certtray.core.dates import TAIPEI
from certtray.core.masks import mask_numbers
from certtray.text import Text
from certtray.tray.situation import Command, Do, Open, Situation

OVERVIEW = "certtray://overview"
ENVIRONMENT = "certtray://flow/environment"
STORES = "certtray://stores"
ABOUT = "certtray://help"
MOST_LINES = 8
"""A bookkeeper has hundreds of certificates; the window shows them better."""
LONGEST = 60
"""Characters of one line; a Chinese one is twice as wide as a Latin one, and panels do not wrap."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu: a command, a submenu, or with neither a sentence to read."""

    text: str
    command: Command | None = None
    items: tuple[Item, ...] = ()
    default: bool = False
    """What a left click on the icon does."""


SEPARATOR = Item("")


def menu(situation: Situation) -> tuple[Item, ...]:
    """Return the whole menu for ``situation``."""
    text = Text(situation.language)
    say = text.say
    lines = [Item(_line(each.text), Open(each.target)) for each in situation.attention[:MOST_LINES]]
    if rest := len(situation.attention) - len(lines):
        lines.append(Item(say("tray.more", n=rest), Open(OVERVIEW)))
    return (
        Item(_line(situation.sentence)),
        *([SEPARATOR, *lines] if lines else []),
        SEPARATOR,
        Item(say("tray.open"), Open(OVERVIEW), default=True),
        Item(say("tray.check"), Do.CHECK),
        _pause(situation, text),
        SEPARATOR,
        Item(say("tray.about"), Open(ABOUT)),
        Item(say("tray.quit"), Do.QUIT),
    )


def title(situation: Situation) -> str:
    """Return what the icon says when the pointer rests on it."""
    return _line(Text(situation.language).say("tray.title", sentence=situation.sentence))


def _pause(situation: Situation, text: Text) -> Item:
    if situation.paused_until is not None:
        until = situation.paused_until.astimezone(TAIPEI)
        return Item(text.say("tray.unpause", until=f"{until:%m/%d %H:%M}"), Do.UNPAUSE)
    hour = Item(text.say("tray.pause.hour"), Do.PAUSE_HOUR)
    morning = Item(text.say("tray.pause.morning"), Do.PAUSE_UNTIL_MORNING)
    return Item(text.say("tray.pause"), items=(hour, morning))


def _line(text: str) -> str:
    """One line, no personal number, no longer than a menu can show."""
    text = mask_numbers(" ".join(text.split()))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
