"""Where no icon can be seen: a reason, once, and the program goes on."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from certtray.text import Text
from certtray.tray.choose import Choice, Desktop, Kind, choose
from certtray.tray.icon import Mark
from tests.tray.conftest import BUSY, WELL
from tests.tray.host import Host
from tests.tray.panel import trayer
from tests.tray.rig import screen, tray
from tests.tray.test_sni import NewHost

DESKTOPS = [Desktop(*each) for each in product((False, True), repeat=4)]


@pytest.mark.parametrize("gtk", [False, True])
@pytest.mark.parametrize("found", DESKTOPS)
def test_every_desktop_gets_an_icon_or_a_reason(found: Desktop, gtk: bool) -> None:
    choice = choose(found, {"XDG_CURRENT_DESKTOP": "XFCE"}, lambda: gtk)
    assert (choice.why_unseen is None) == (found.host or (found.xembed and gtk))
    assert (choice.kind is Kind.XEMBED) == (found.xembed and gtk and not found.host)
    if choice.why_unseen is not None:
        assert (choice.kind is Kind.OWN) == found.bus, "where there is a bus the icon waits for a panel"
        assert (choice.why_unseen == "tray.none.no_gtk") == found.xembed
        assert all(Text(language).say(choice.why_unseen) for language in ("zh_TW", "en"))


@pytest.mark.parametrize("name", ["GNOME", "ubuntu:GNOME"])
def test_gnome_is_told_its_extension(name: str) -> None:
    found = Desktop(bus=True, host=False, display=True, xembed=False)
    assert choose(found, {"XDG_CURRENT_DESKTOP": name}) == Choice(Kind.OWN, "tray.none.gnome")
    with_extension = Desktop(bus=True, host=True, display=True, xembed=False)
    assert choose(with_extension, {"XDG_CURRENT_DESKTOP": name}) == Choice(Kind.OWN)


def test_no_desktop_at_all(environment: dict[str, str]) -> None:
    with tray(BUSY, environment) as child:
        assert child.said() == {"no tray": Text("zh_TW").say("tray.none.no_display")}
        child.show(WELL)
        assert child.silent()
        assert child.stop() == {"ended": []}


def test_a_screen_without_bus(environment: dict[str, str]) -> None:
    with screen(environment), tray(BUSY, environment) as child:
        assert child.said() == {"no tray": Text("zh_TW").say("tray.none.no_bus")}
        assert child.stop() == {"ended": []}


def test_said_once_and_the_icon_comes_with_the_extension(bus: dict[str, str], new_host: NewHost) -> None:
    environment = bus | {"XDG_CURRENT_DESKTOP": "GNOME"}
    with screen(environment), tray(BUSY, environment) as child:
        assert child.said() == {"no tray": Text("zh_TW").say("tray.none.gnome")}
        child.show(WELL)
        host: Host = new_host()
        host.wait_for_item()
        assert host.properties()["Title"] == "憑證守望：2 張憑證都正常"
        host.left_click()
        assert child.said() == {"open": "certtray://overview"}
        host.close()
        assert child.silent()


def test_said_once_and_the_icon_comes_with_an_older_panel(bus: dict[str, str]) -> None:
    with screen(bus), tray(BUSY, bus) as child:
        assert child.said() == {"no tray": Text("zh_TW").say("tray.none.no_panel")}
        with trayer(bus) as panel:
            panel.click(Mark.NEEDS_YOU)
            assert child.said() == {"open": "certtray://overview"}
            assert child.stop() == {"ended": ["gi"]}


def test_an_older_panel_without_gtk(bus: dict[str, str], tmp_path: Path) -> None:
    """A ``gi`` that cannot be imported stands before the real one, as on a machine that has none."""
    (tmp_path / "no_gtk").mkdir()
    (tmp_path / "no_gtk" / "gi.py").write_text("raise ImportError('gi')", "utf-8")
    with screen(bus), trayer(bus), tray(BUSY, bus, first_on_path=tmp_path / "no_gtk") as child:
        assert child.said() == {"no tray": Text("zh_TW").say("tray.none.no_gtk")}
        assert child.stop() == {"ended": []}
