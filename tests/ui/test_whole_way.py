"""The whole way on a desktop: the tray sees a certificate near its end, says so, a click leads to the renewal, and all is well.

A panel, a notification server, a bus, the issuer in a process of its own, ``certtray run``, and the window the tray opens.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Playwright
from tests.notify.desk import Desk
from tests.notify.desk import desk as desk_in
from tests.patience import SECONDS
from tests.tray.host import Host
from tests.tray.panel import Panel, xfce_panel
from tests.tray.rig import until
from tests.ui.conftest import ID, NEW_PASSWORD, OLD_PASSWORD, World
from tests.ui.driver import Hand, close_window, driven, free_port, page_at, wears
from tests.ui.test_renewal import to_the_code, to_the_end

from certtray.tray.icon import Mark, draw
from certtray_sandbox import certificates
from certtray_sandbox.store import Store

XFCONF = Path("/usr/share/dbus-1/services/org.xfce.Xfconf.service")
"""What the panel reads its settings from."""
LINE = "還有 12 天，立即更新"
RENEW_ROW = 6
"""The line of the menu that needs attention, counted from its end."""
DISMISSED, WITHDRAWN = 2, 3
"""Why a notice was closed (freedesktop.org, Desktop Notifications 1.2, NotificationClosed)."""


@dataclass
class Running:
    """The tray on its desktop, and what a person there sees."""

    desk: Desk
    panel: Panel
    process: subprocess.Popen[bytes]
    log: Path
    port: int
    host: Host

    def menu_says(self, words: str) -> bool:
        """Read the menu as the panel does."""
        return any(words in label for label in self.host.labels())

    def notices(self) -> int:
        """How many stand on the screen, as the notification server counts them."""
        return int(self.desk.run("dunstctl", "count", "displayed"))

    def closed(self, reason: int) -> bool:
        """Whether the server said of one notice that it was closed for this reason, and of no other."""
        said = re.findall(r"member=NotificationClosed\n\s+uint32 \d+\n\s+uint32 (\d+)", self.desk.printed())
        return said == [str(reason)]


@pytest.fixture
def running(expiring: World, tmp_path: Path) -> Iterator[Running]:
    """All that runs at a person's place, a certificate ends in 12 days, the tray has just been started."""
    with desk_in(tmp_path / "desk") as desk, ExitStack() as stack:
        desk.environment["XDG_CONFIG_HOME"] = str(tmp_path / "desk" / "config")
        shutil.copy(XFCONF, desk.services)
        desk.bus()
        desk.screen()
        desk.notification_server("dunst")
        desk.start("dbus-monitor", "--session", "type='signal',member='NotificationClosed'")
        panel = stack.enter_context(xfce_panel(desk.environment))
        port, log = free_port(), tmp_path / "tray.log"
        environment = {**desk.environment, **expiring.certtray.environment, **driven(port)}
        with log.open("wb") as written:
            process = subprocess.Popen(
                [*expiring.certtray.command, "run"], env=environment, stdout=written, stderr=written
            )
        stack.callback(process.wait)
        stack.callback(process.kill)
        item = f"org.kde.StatusNotifierItem-{process.pid}-1"
        host = Host(desk.environment["DBUS_SESSION_BUS_ADDRESS"], item=item)
        stack.callback(host.close)
        yield Running(desk, panel, process, log, port, host)


def renewed_file(world: World) -> str:
    """Open the person's file with OpenSSL and its new password; return its certificate's serial."""
    command = ["openssl", "pkcs12", "-in", str(world.file), "-clcerts", "-nokeys", "-passin", "stdin"]
    opened = subprocess.run(command, input=NEW_PASSWORD, capture_output=True, text=True, check=True)
    read = ["openssl", "x509", "-noout", "-serial"]
    shown = subprocess.run(read, input=opened.stdout, capture_output=True, text=True, check=True)
    return shown.stdout.strip().removeprefix("serial=")


@pytest.mark.feature("0-01", "0-04", "0-21")
@pytest.mark.parametrize("way", ["notice", "menu"])
def test_from_the_tray_to_a_new_certificate(
    expiring: World, running: Running, playwright: Playwright, way: str
) -> None:
    desk, panel = running.desk, running.panel
    panel.icon(Mark.EXPIRING)
    desk.painted("Dunst")
    until(lambda: running.menu_says(LINE), "the menu names it")
    assert running.notices() == 1
    if way == "notice":
        desk.press("Dunst", 60, 30, lambda: running.closed(DISMISSED))
    else:
        panel.choose(Mark.EXPIRING, RENEW_ROW)
    with page_at(running.port, playwright, running.process, running.log) as page:
        shown = desk.window("certtray")
        assert wears(desk.environment, shown, draw(Mark.WELL, 0, 64))
        window = Hand(page)
        to_the_code(window)  # the program was started by itself: its own login comes first
        window.type(expiring.code())
        to_the_end(window)
        window.click("回到總覽")
        window.heading("憑證都沒問題")
        window.page.locator("nav button", has_text="永豐金證券").click()
        window.heading("永豐金證券憑證管理")
        window.page.get_by_text("尚未登入").wait_for()  # the renewal's login ended with it
        assert window.page.locator(".menu b").count() == 9
        # The window told the tray: nothing is due any more, although the window is still open.
        until(lambda: running.menu_says("都沒問題"), "the menu is well")
        until(lambda: running.notices() == 0, "the notice is gone")
        reason = DISMISSED if way == "notice" else WITHDRAWN
        until(lambda: running.closed(reason), "the server says why")
        assert not running.menu_says(LINE)
    close_window(desk.environment, int(desk.run("xdotool", "getwindowpid", shown)))
    desk.gone("certtray")
    panel.icon(Mark.WELL)
    panel.gone(Mark.EXPIRING)
    with Store(expiring.certtray.home / "sandbox" / "sinopac" / "ra.sqlite").transaction() as register:
        newest, old = certificates.held_by(register, ID)
    assert renewed_file(expiring) == newest.serial != old.serial
    (kept,) = (expiring.certtray.home / "archive").rglob(expiring.file.name)
    opens = ["openssl", "pkcs12", "-in", str(kept), "-noout", "-passin", "stdin"]
    assert subprocess.run(opens, input=OLD_PASSWORD, text=True, check=False, capture_output=True).returncode == 0
    assert ID not in running.log.read_text("utf-8") + desk.printed()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(SECONDS) == 0
    assert running.notices() == 0
