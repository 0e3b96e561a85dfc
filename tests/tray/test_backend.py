"""The backend keeps pystray's contract beyond what our own menu uses."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from certtray.tray.sni import Icon
from certtray.tray.stock import Menu, MenuItem
from tests.patience import SECONDS
from tests.tray.host import Host


class Shown:
    """An icon that runs on a thread, with a host that sees it; the boxes it has can be ticked."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.clicked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.ticked = False
        self.icon = Icon("test", Image.new("RGBA", (20, 20), (1, 2, 3, 4)), "標題", self._menu())
        set_up = threading.Event()

        def show(icon: Icon) -> None:
            icon.visible = True
            set_up.set()

        self._thread = threading.Thread(target=self.icon.run, args=[show])
        self._thread.start()
        # pystray notes that the icon is visible after it was shown: hidden before that, it would do nothing.
        assert set_up.wait(SECONDS)
        host.wait_for_item()
        host.until("NewStatus")

    def _menu(self) -> Menu:
        return Menu(
            MenuItem("snake_case", self._click, checked=lambda _: self.ticked),
            MenuItem("off", self._click, enabled=False),
            MenuItem("hidden", self._click, visible=False),
            Menu.SEPARATOR,
            Menu.SEPARATOR,
            MenuItem("more", Menu(MenuItem("one", self._click, checked=lambda _: True, radio=True))),
            Menu.SEPARATOR,
        )

    def _click(self, _icon: Any, item: Any) -> None:
        self.ticked = not self.ticked
        self.clicked.put(item.text)

    def stop(self) -> None:
        self.icon.stop()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


@pytest.fixture
def shown(bus: dict[str, str], new_host: Callable[..., Host], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """Both ends."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus["DBUS_SESSION_BUS_ADDRESS"])
    ends = Shown(new_host())
    yield ends
    ends.stop()


def test_separators_ticks_radios_and_hidden_lines(shown: Shown) -> None:
    tick, off, line, more = shown.host.menu()
    assert tick.properties == {"label": "snake__case", "enabled": True, "toggle-type": "checkmark", "toggle-state": 0}
    assert off.properties == {"label": "off", "enabled": False}
    assert line.properties == {"type": "separator"}
    assert more.properties["children-display"] == "submenu"
    (radio,) = more.children
    assert (radio.properties["toggle-type"], radio.properties["toggle-state"]) == ("radio", 1)


def test_a_click_is_seen_at_once_in_the_menu(shown: Shown) -> None:
    tick, off, _line, more = shown.host.menu()
    shown.host.click(off.id)
    shown.host.click(more.children[0].id)
    shown.host.click(tick.id)
    assert [shown.clicked.get(timeout=SECONDS) for _ in range(2)] == ["one", "snake_case"]
    shown.host.until("LayoutUpdated")
    shown.host.click(tick.id)
    shown.host.until("LayoutUpdated")
    assert shown.host.menu()[0].properties["toggle-state"] == 1


def test_hidden_and_shown_again(shown: Shown) -> None:
    shown.icon.visible = False
    shown.host.until("NewStatus")
    assert shown.host.properties()["Status"] == "Passive"
    shown.icon.title = "改了"
    shown.icon.visible = True
    shown.host.until("NewStatus")
    assert (shown.host.properties()["Status"], shown.host.properties()["Title"]) == ("Active", "改了")


def test_one_image_is_shown_at_its_size(shown: Shown) -> None:
    ((width, height, data),) = shown.host.properties()["IconPixmap"]
    assert (width, height, data[:4]) == (20, 20, bytes([4, 1, 2, 3]))
