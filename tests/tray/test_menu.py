"""The menu as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from certtray.tray.icon import Mark
from certtray.tray.menu import LONGEST, MOST_LINES, SEPARATOR, Item, menu, title
from certtray.tray.situation import Do, Line, Open, Situation
from tests.tray.conftest import BUSY, WELL


def walk(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from walk(item.items)


def many(count: int) -> Situation:
    lines = tuple(Line(f"{n}", f"certtray://flow/renew/{n}", Mark.EXPIRING) for n in range(count))
    return Situation("zh_TW", "很多", lines)


@pytest.mark.parametrize("language", ["zh_TW", "en"])
def test_one_default_and_every_command_once(language: str) -> None:
    items = list(walk(menu(replace(BUSY, language=language))))
    assert [item.command for item in items if item.default] == [Open("certtray://overview")]
    commands = [item.command for item in items if item.command is not None]
    assert len(commands) == len(set(commands)) == 8
    assert Do.UNPAUSE not in commands


def test_nothing_to_do_is_a_short_menu() -> None:
    assert [item.text for item in menu(WELL)][:3] == ["2 張憑證都正常", SEPARATOR.text, "開啟憑證守望"]


def test_paused_offers_only_to_resume_and_says_until_when_in_taiwan() -> None:
    paused = replace(WELL, paused_until=datetime(2025, 12, 31, 20, 5, tzinfo=UTC))
    items = {item.command: item.text for item in walk(menu(paused))}
    assert items[Do.UNPAUSE] == "恢復通知（已暫停到 01/01 04:05）"
    assert Do.PAUSE_HOUR not in items


def test_a_bookkeepers_hundred_lines_end_in_one_that_opens_the_window() -> None:
    assert [item.text for item in menu(many(MOST_LINES))][2 : 3 + MOST_LINES] == [*map(str, range(MOST_LINES)), ""]
    last = menu(many(100))[2 + MOST_LINES]
    assert (last.text, last.command) == (f"還有 {100 - MOST_LINES} 件…", Open("certtray://overview"))


def test_no_personal_number_no_second_line_no_endless_one() -> None:
    text = "永豐金證券 a123456789-00\nU139514691　" + "很長" * LONGEST
    situation = Situation("zh_TW", text, (Line(text, "certtray://overview", Mark.EXPIRED),))
    shown = [title(situation), *(item.text for item in walk(menu(situation)))]
    assert not any("123456789" in each or "139514691" in each or "\n" in each for each in shown)
    assert max(map(len, shown)) == LONGEST


def test_the_most_urgent_line_gives_the_mark() -> None:
    assert WELL.mark is Mark.WELL
    assert BUSY.mark is Mark.NEEDS_YOU
    assert many(3).mark is Mark.EXPIRING
    assert Situation("en", "", (*BUSY.attention, Line("", "", Mark.EXPIRED))).mark is Mark.EXPIRED
