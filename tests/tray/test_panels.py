"""The icon in real panels under Xvfb, clicked with a real pointer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from certtray.tray.icon import Mark
from tests.tray.conftest import BUSY, RENEW, WELL
from tests.tray.panel import Panel, trayer, xfce_panel
from tests.tray.rig import patient_tray, screen, session_bus, tray

PANELS = {"StatusNotifierItem": xfce_panel, "XEmbed": trayer}
OVERVIEW = {"open": "certtray://overview"}


@pytest.fixture
def desktop(bus: dict[str, str]) -> Iterator[dict[str, str]]:
    """A session bus and a screen."""
    with screen(bus):
        yield bus


@pytest.fixture(params=PANELS)
def start_panel(request: pytest.FixtureRequest) -> Callable[[dict[str, str]], AbstractContextManager[Panel]]:
    """Both kinds of panel."""
    kind: Callable[[dict[str, str]], AbstractContextManager[Panel]] = PANELS[request.param]
    return kind


@pytest.fixture
def panel(start_panel: Callable[..., AbstractContextManager[Panel]], desktop: dict[str, str]) -> Iterator[Panel]:
    """A panel that runs."""
    with start_panel(desktop) as running:
        yield running


def test_left_click_opens_and_the_menu_works(panel: Panel, desktop: dict[str, str]) -> None:
    with tray(BUSY, desktop) as child:
        panel.click(Mark.NEEDS_YOU)
        assert child.said() == OVERVIEW
        panel.choose(Mark.NEEDS_YOU, 1)
        assert child.said() == {"do": "quit"}
        panel.choose(Mark.NEEDS_YOU, 4)
        assert child.said() == {"do": "check"}
        panel.choose(Mark.NEEDS_YOU, 7)
        assert child.said() == {"open": RENEW}


def test_the_icon_follows_the_situation_and_goes_at_the_end(panel: Panel, desktop: dict[str, str]) -> None:
    with tray(BUSY, desktop) as child:
        panel.icon(Mark.NEEDS_YOU)
        child.show(WELL)
        panel.icon(Mark.WELL)
        panel.gone(Mark.NEEDS_YOU)
        child.stop()
        panel.gone(Mark.WELL)


def test_the_icon_is_back_after_the_panel_was_killed(panel: Panel, desktop: dict[str, str]) -> None:
    with tray(BUSY, desktop) as child:
        panel.icon(Mark.NEEDS_YOU)
        for situation in (WELL, BUSY):
            panel.kill()
            panel.gone(Mark.NEEDS_YOU)
            child.show(situation)
            panel.start()
            panel.icon(situation.mark)
        panel.click(Mark.NEEDS_YOU)
        assert child.said() == OVERVIEW


def test_a_panel_that_starts_after_us(
    start_panel: Callable[[dict[str, str]], AbstractContextManager[Panel]], desktop: dict[str, str]
) -> None:
    with patient_tray(BUSY, desktop) as child:
        assert child.silent(1)
        with start_panel(desktop) as panel:
            panel.click(Mark.NEEDS_YOU)
            assert child.said() == OVERVIEW


def test_an_older_panel_without_a_session_bus(environment: dict[str, str]) -> None:
    with session_bus(environment):  # only to learn an address nobody listens at afterwards
        pass
    with screen(environment), trayer(environment) as panel, tray(BUSY, environment) as child:
        panel.click(Mark.NEEDS_YOU)
        assert child.said() == OVERVIEW
        assert child.stop() == {"ended": ["gi"]}
