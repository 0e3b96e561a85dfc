"""A desktop for the session; for each test a home with the sandbox's issuer and a certificate near its end."""

from __future__ import annotations

import http.server
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, sync_playwright
from tests.faces import Program
from tests.ui.desktop import Desktop, desktop
from tests.ui.driver import Window, window

from certtray_sandbox import back_office

ID, PASSWORD, BORN = "A123456789", "sandbox-A1", "19680123"
OLD_PASSWORD, NEW_PASSWORD = "old-file-2468", "new-file-1357"


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """An X server with a session bus and a window manager."""
    with desktop(tmp_path_factory.mktemp("desktop")) as made:
        yield made


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver of Qt's web engine."""
    with sync_playwright() as driver:
        yield driver


@dataclass
class World:
    """One person's computer and the issuer they renew at."""

    certtray: Program

    @property
    def file(self) -> Path:
        """Where the broker's program leaves the file."""
        return self.certtray.folder / "user" / "ekey" / "551" / ID / "S" / "Sinopac.pfx"

    def sample(self, path: Path, days: int, person: str = ID, password: str = OLD_PASSWORD) -> Path:
        """Leave a certificate file that ends in ``days``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        made = self.certtray.run("sandbox", "sample", path, "--id", person, "--days", str(days), typed=password + "\n")
        assert made.returncode == 0, made.stderr
        return path

    def hold(self) -> None:
        """Let the issuer keep what is handed in pending (6025)."""
        back_office.hold(self.certtray.home / "sandbox")

    def release(self) -> None:
        """Let the issuer issue what is pending."""
        back_office.release(self.certtray.home / "sandbox")

    def messages(self) -> int:
        """Count the messages the issuer has sent."""
        return len(json.loads(self.certtray.run("sandbox", "outbox", "--json").stdout))

    def code(self) -> str:
        """Return the newest one-time code."""
        message = json.loads(self.certtray.run("sandbox", "outbox", "--json").stdout)[-1]
        found = re.search(r"(?<!\d)\d{6}(?!\d)", message["text"])
        assert found, message
        return found[0]


@pytest.fixture
def world(certtray: Program) -> Iterator[World]:
    """The issuer runs, nothing is on the computer yet."""
    with subprocess.Popen(
        [*certtray.command, "sandbox"],
        env=certtray.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as issuer:
        assert issuer.stdout is not None
        assert json.loads(issuer.stdout.readline())["type"] == "ready"
        yield World(certtray)
        issuer.terminate()


@pytest.fixture
def expiring(world: World) -> World:
    """The person's file ends in 12 days and was opened once, so that its date is known."""
    world.sample(world.file, 12)
    unlocked = world.certtray.run(
        "unlock", world.file, "--json", typed=json.dumps({"answer": OLD_PASSWORD}) + '\n{"answer": false}\n'
    )
    assert unlocked.returncode == 0, unlocked.stdout + unlocked.stderr
    return world


@pytest.fixture
def screen(desk: Desktop, certtray: Program, playwright: Playwright) -> Iterator[Callable[..., Window]]:
    """Opens the window, at a link where one is given; each is ended after the test."""
    with ExitStack() as stack:
        yield lambda *arguments, **more: stack.enter_context(window(desk, certtray, playwright, *arguments, **more))


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A web server, and the paths it was asked for."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<h1>elsewhere</h1>")

        do_POST = do_GET

        def log_message(self, format: str, *values: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
