"""The real window in Qt's web engine, driven over its debugging port with real clicks and keys."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops
from playwright.sync_api import Error, Page, Playwright, expect
from tests import forked
from tests.faces import Program
from tests.patience import SECONDS
from tests.ui.desktop import Desktop, program
from Xlib import X
from Xlib.display import Display

expect.set_options(timeout=SECONDS * 1000)


class Hand:
    """A hand on the page of a window, whoever started it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(SECONDS * 1000)

    def heading(self, text: str) -> None:
        """Wait until the page or the card is headed ``text``, and nothing but that: many headings begin alike."""
        self.page.get_by_role("heading", level=1, name=text, exact=True).wait_for()

    def looked(self) -> None:
        """Wait until the look at the computer that begins with a window and ends a procedure is over."""
        self.page.locator("nav .foot", has_text="上次檢查").wait_for()

    def click(self, name: str) -> None:
        """Click the button ``name``."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def type(self, text: str) -> None:
        """Type into what has the focus, key by key, and press Enter."""
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the bridge as a script in the page could."""
        return self.page.evaluate(CALL, [name, list(arguments), SECONDS])

    def calls(self, calls: Sequence[tuple[str, Sequence[Any]]], patience: float) -> list[Any]:
        """Call several at once; return the replies in their order, ``no answer`` after so many seconds."""
        return list(
            self.page.evaluate(f"(calls) => Promise.all(calls.map({CALL}))", [[*each, patience] for each in calls])
        )


def wears(environment: Mapping[str, str], window: str, icon: Image.Image) -> bool:
    """Say whether the window manager was given ``icon`` for a window (Extended Window Manager Hints, _NET_WM_ICON)."""
    display = Display(environment["DISPLAY"])
    try:
        name = display.intern_atom("_NET_WM_ICON")
        found = display.create_resource_object("window", int(window)).get_full_property(name, X.AnyPropertyType)
    finally:
        display.close()
    words = list(found.value) if found else []
    while words:
        width, height, *words = words
        argb, words = words[: width * height], words[width * height :]
        if (width, height) == icon.size:
            given = Image.frombytes("RGBA", icon.size, struct.pack(f"<{len(argb)}I", *argb), "raw", "BGRA")
            return max(ImageChops.difference(_on_white(given), _on_white(icon)).tobytes()) <= 2
    return False


def _on_white(picture: Image.Image) -> Image.Image:
    """Toolkits keep colours multiplied by their transparency, and lose the last bit of them."""
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


CALL = """([name, given, patience]) => new Promise((resolve) => {
  const table = (window.pywebview._returnValuesCallbacks[name] ??= {});
  const id = `attack-${window.attacks = (window.attacks ?? 0) + 1}`;
  table[id] = (reply) => resolve(reply);
  setTimeout(() => resolve("no answer"), 1000 * patience);
  window.pywebview._jsApiCallback(name, given, id);
})"""


class Window(Hand):
    """One running ``certtray window``."""

    def __init__(self, desk: Desktop, process: subprocess.Popen[bytes], page: Page, log: Path, port: int) -> None:
        super().__init__(page)
        self.desk = desk
        self.port = port
        self.process = process
        self.log = log

    @property
    def said(self) -> str:
        """What the program and its page wrote to standard error."""
        return self.log.read_text("utf-8", "replace")

    def listening(self) -> set[int]:
        """Return the TCP ports the window's process and its children listen on."""
        own = {str(path.readlink()) for pid in _family(self.process.pid) for path in _open_files(pid)}
        ports = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == "0A" and f"socket:[{rest[5]}]" in own:
                    ports.add(int(local.rpartition(":")[2], 16))
        return ports

    def close(self) -> int:
        """Close it by the window manager's key; return the exit status."""
        close_window(self.desk.environment, self.process.pid)
        return self.process.wait(SECONDS)


def close_window(environment: Mapping[str, str], pid: int) -> None:
    """Give the window of ``pid`` the focus and press Alt+F4."""
    xdotool(
        environment,
        "search",
        "--sync",
        "--onlyvisible",
        "--all",
        "--pid",
        str(pid),
        "--name",
        ".",
        "windowactivate",
        "--sync",
    )
    xdotool(environment, "key", "--clearmodifiers", "alt+F4")


def xdotool(environment: Mapping[str, str], *arguments: str) -> str:
    """Act on the screen as a hand would; return what xdotool says."""
    command = [program("xdotool", "xdotool"), *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True, text=True).stdout


@contextmanager
def window(desk: Desktop, certtray: Program, playwright: Playwright, *arguments: str, **more: str) -> Iterator[Window]:
    """Run ``certtray window`` for the length of the block."""
    port = free_port()
    log = certtray.folder / "window.log"
    environment = {**certtray.environment, **desk.environment, **driven(port), **more}
    with log.open("ab") as written:
        process = forked.Popen(
            [*certtray.command, "window", *arguments], env=environment, stdout=written, stderr=written
        )
    try:
        with page_at(port, playwright, process, log) as page:
            yield Window(desk, process, page, log, port)
    finally:
        process.kill()
        process.wait()


def driven(port: int) -> dict[str, str]:
    """Return the environment in which a window, or one started by a program in it, can be driven at ``port``."""
    return {
        "PYWEBVIEW_GUI": "qt",
        "QTWEBENGINE_REMOTE_DEBUGGING": f"127.0.0.1:{port}",
        "QT_QUICK_BACKEND": "software",
        **({"QTWEBENGINE_DISABLE_SANDBOX": "1"} if os.geteuid() == 0 else {}),
    }


@contextmanager
def page_at(port: int, playwright: Playwright, process: subprocess.Popen[bytes], log: Path) -> Iterator[Page]:
    """Wait for the window at ``port``, which ``process`` is or starts, and yield its page."""
    browser = _connect(playwright, port, process, log)
    try:
        page: Page = browser.contexts[0].pages[0]
        page.wait_for_selector("h1")
        yield page
    finally:
        browser.close()


def _connect(playwright: Playwright, port: int, process: subprocess.Popen[bytes], log: Path) -> Any:
    end = time.monotonic() + SECONDS
    while True:  # the port opens before the engine is ready, and tells nobody
        assert process.poll() is None, log.read_text("utf-8", "replace")
        assert time.monotonic() < end, log.read_text("utf-8", "replace")
        try:
            browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", no_defaults=True)
        except Error:
            time.sleep(0.05)
            continue
        if browser.contexts[0].pages:
            return browser
        browser.close()


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _open_files(pid: int) -> list[Path]:
    with contextlib.suppress(OSError):
        return [path for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]
    return []


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
