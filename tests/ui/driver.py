"""The real window in Qt's web engine, driven over its debugging port with real clicks and keys."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright

from tests.faces import Program
from tests.ui.desktop import Desktop

START_SECONDS = 60


class Window:
    """One running ``certtray window``."""

    def __init__(self, process: subprocess.Popen[bytes], page: Page, log: Path) -> None:
        self.process = process
        self.page = page
        self.log = log
        page.set_default_timeout(30_000)

    @property
    def said(self) -> str:
        """What the program and its page wrote to standard error."""
        return self.log.read_text("utf-8", "replace")

    def heading(self, text: str) -> None:
        """Wait until the page or the card is headed ``text``."""
        self.page.get_by_role("heading", level=1, name=text).wait_for()

    def click(self, name: str) -> None:
        """Click the button ``name``."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def type(self, text: str) -> None:
        """Type into what has the focus, key by key, and press Enter."""
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the bridge as a script in the page could."""
        return self.page.evaluate(CALL, [name, list(arguments)])

    def close(self) -> int:
        """Close it as the window manager does; return the exit status."""
        self.page.evaluate("() => setTimeout(() => window.close(), 0)")
        return self.process.wait(30)


CALL = """([name, given]) => new Promise((resolve) => {
  const table = (window.pywebview._returnValuesCallbacks[name] ??= {});
  table.attack = (reply) => resolve(reply);
  setTimeout(() => resolve("no answer"), 1000);
  window.pywebview._jsApiCallback(name, given, "attack");
})"""


@contextmanager
def window(desk: Desktop, program: Program, playwright: Playwright, *arguments: str, **more: str) -> Iterator[Window]:
    """Run ``certtray window`` for the length of the block."""
    port = _free_port()
    log = program.folder / "window.log"
    environment = {
        **program.environment,
        **desk.environment,
        "PYWEBVIEW_GUI": "qt",
        "QTWEBENGINE_REMOTE_DEBUGGING": f"127.0.0.1:{port}",
        "QT_QUICK_BACKEND": "software",
        **({"QTWEBENGINE_DISABLE_SANDBOX": "1"} if os.geteuid() == 0 else {}),
        **more,
    }
    with log.open("ab") as written:
        process = subprocess.Popen([*program.command, "window", *arguments], env=environment, stdout=written, stderr=written)
    try:
        browser = _connect(playwright, port, process, log)
        try:
            page = browser.contexts[0].pages[0]
            page.wait_for_selector("h1")
            yield Window(process, page, log)
        finally:
            browser.close()
    finally:
        process.kill()
        process.wait()


def _connect(playwright: Playwright, port: int, process: subprocess.Popen[bytes], log: Path) -> Any:
    end = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        assert time.monotonic() < end, log.read_text("utf-8", "replace")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)  # a port tells nobody that it is open
    browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", no_defaults=True)
    while not browser.contexts[0].pages:
        assert time.monotonic() < end, log.read_text("utf-8", "replace")
        time.sleep(0.02)
    return browser


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
