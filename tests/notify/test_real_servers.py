"""Real notification servers, real clicks."""

from __future__ import annotations

import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from certtray.notify.base import Button, Message, Obstacle
from certtray.notify.choose import this_desktop
from certtray.notify.desktop import Desktop
from certtray.notify.plain import Plain
from tests.notify.conftest import step_onto
from tests.notify.desk import DAEMONS, Desk, desk
from tests.patience import SECONDS

MESSAGE = Message(
    id="fingerprint",
    title="憑證還有 7 天到期",
    body="永豐金證券　A12345****\n現在就能更新，約需 3 分鐘。",
    buttons=(Button("open", "立即更新"), Button("later", "稍後提醒")),
    target="certtray://flow/renew/fingerprint",
)


@pytest.fixture
def notifier(caplog: pytest.LogCaptureFixture) -> Iterator[Desktop]:
    made = Desktop()
    yield made
    made.close()
    # What the library swallowed, a second attempt may have hidden.
    assert [record.message for record in caplog.get_records("call") if record.name.startswith("desktop_notifier")] == []


def press(desktop: Desk, server: str, x: int, y: int, chosen: queue.SimpleQueue[str]) -> str:
    """Click until it is heard; return which button it was."""
    desktop.press(server, x, y, lambda: not chosen.empty())
    return chosen.get()


@pytest.mark.parametrize("server", DAEMONS)
def test_a_click_on_the_notice_is_the_first_button(desktop: Desk, notifier: Desktop, server: str) -> None:
    desktop.notification_server(server)
    chosen: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert notifier.send(MESSAGE, chosen.put) is None
    desktop.painted(server)
    assert press(desktop, server, 100, 40, chosen) == "open"
    desktop.gone(server)
    notifier.withdraw(MESSAGE.id)  # gone already: no error


def test_a_real_button(desktop: Desk, notifier: Desktop) -> None:
    desktop.notification_server("notification-daemon")
    chosen: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert notifier.send(MESSAGE, chosen.put) is None
    assert press(desktop, "notification-daemon", 310, 115, chosen) == "later"


@pytest.mark.parametrize("server", DAEMONS)
def test_withdrawn_and_replaced(desktop: Desk, notifier: Desktop, server: str) -> None:
    desktop.notification_server(server)
    chosen: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert notifier.send(MESSAGE, lambda _: chosen.put("the first")) is None
    desktop.window(server)
    assert notifier.send(MESSAGE, chosen.put) is None
    assert press(desktop, server, 100, 40, chosen) == "open"
    desktop.gone(server)
    assert notifier.send(MESSAGE, chosen.put) is None
    desktop.window(server)
    notifier.withdraw(MESSAGE.id)
    desktop.gone(server)
    assert chosen.empty()


def test_the_server_comes_late_and_comes_back(desktop: Desk, notifier: Desktop) -> None:
    chosen: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert notifier.send(MESSAGE, chosen.put) is Obstacle.NO_SERVER
    server = desktop.notification_server("dunst")
    assert notifier.send(MESSAGE, chosen.put) is None
    server.terminate()
    server.wait(SECONDS)
    assert notifier.why_not() is Obstacle.NO_SERVER
    assert notifier.send(MESSAGE, chosen.put) is Obstacle.NO_SERVER
    desktop.notification_server("dunst")
    assert notifier.send(MESSAGE, chosen.put) is None
    assert press(desktop, "dunst", 100, 40, chosen) == "open"


def test_the_whole_bus_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notifier: Desktop) -> None:
    chosen: queue.SimpleQueue[str] = queue.SimpleQueue()
    with desk(tmp_path / "desk") as first:
        first.bus()
        first.screen()
        step_onto(first, monkeypatch)
        first.notification_server("dunst")
        assert notifier.send(MESSAGE, chosen.put) is None
    assert notifier.send(MESSAGE, chosen.put) is Obstacle.NO_BUS
    with desk(tmp_path / "desk") as second:
        second.bus()
        second.screen()
        step_onto(second, monkeypatch)
        second.notification_server("dunst")
        assert notifier.send(MESSAGE, chosen.put) is None
        assert press(second, "dunst", 100, 40, chosen) == "open"


def test_without_a_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, notifier: Desktop) -> None:
    for address in (None, f"unix:path={tmp_path}/none", "nonsense"):
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        if address is not None:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        assert notifier.send(MESSAGE, print) is Obstacle.NO_BUS
        assert Plain().send(MESSAGE, print) is Obstacle.NO_BUS
        both = this_desktop()
        assert both.send(MESSAGE, print) is Obstacle.NO_BUS
        both.close()


def test_without_desktop_notifier_plyer_shows_it(desktop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "desktop_notifier", None)
    desktop.notification_server("dunst")
    best = this_desktop()
    assert best.obstacles() == {"desktop-notifier": Obstacle.NOT_INSTALLED, "plyer": None}
    assert best.send(MESSAGE, print) is None
    desktop.window("dunst")
    said = desktop.printed()
    assert "憑證還有 7 天到期" in said
    assert "appname: 'CertTray'" in said
    assert "立即更新" not in said  # plyer has no buttons
    best.close()


@pytest.mark.parametrize("title", ["--help", "-u"])
def test_what_looks_like_an_option_is_shown(desktop: Desk, title: str) -> None:
    desktop.notification_server("dunst")
    assert Plain().send(Message("id", title, title, (), ""), print) is None
    desktop.window("dunst")
    assert f"summary: ' {title}'" in desktop.printed()


def test_closing_takes_back_what_could_not_be_answered_any_more(desktop: Desk) -> None:
    desktop.notification_server("dunst")
    notifier = Desktop()
    assert notifier.send(MESSAGE, print) is None
    desktop.window("dunst")
    notifier.close()
    desktop.gone("dunst")
    notifier.close()


def test_nothing_is_loaded_before_the_first_notice() -> None:
    script = "import sys, certtray.notify.choose as c; c.this_desktop(); print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    for heavy in ("dbus_fast", "desktop_notifier", "plyer", "cryptography"):
        assert f"'{heavy}'" not in loaded
