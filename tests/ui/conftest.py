"""A desktop for the session; for each test a home with the sandbox's issuer and a certificate near its end."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, sync_playwright
from tests.faces import Program
from tests.rigs import reference_ra
from tests.ui.desktop import Desktop, desktop
from tests.ui.driver import Window, window

from certtray.core.secret import Secret
from certtray.system.connections import Connection, save_connection
from certtray.system.paths import Home
from certtray_sandbox import back_office
from certtray_sandbox.desks import DESKS
from certtray_sandbox.outbox import outbox
from certtray_sandbox.sample_files import write_sample

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
    def sandbox(self) -> Path:
        """The issuers' folder."""
        return self.certtray.home / "sandbox"

    @property
    def file(self) -> Path:
        """Where the broker's program leaves the file."""
        return self.certtray.folder / "user" / "ekey" / "551" / ID / "S" / "Sinopac.pfx"

    def sample(self, path: Path, days: int, person: str = ID, password: str = OLD_PASSWORD) -> Path:
        """Leave a certificate file that ends in ``days``."""
        write_sample(self.sandbox, path, person, days, Secret(password), ("both",), datetime.now(UTC))
        return path

    def hold(self) -> None:
        """Let the issuer keep what is handed in pending (6025)."""
        back_office.hold(self.sandbox)

    def release(self) -> None:
        """Let the issuer issue what is pending."""
        back_office.release(self.sandbox)

    def messages(self) -> int:
        """Count the messages the issuer has sent."""
        return len(outbox(self.sandbox))

    def code(self) -> str:
        """Return the newest one-time code."""
        return outbox(self.sandbox)[-1].code


@contextmanager
def served(certtray: Program) -> Iterator[World]:
    """Run the issuers for the length of the block."""
    home = Home(certtray.home).make()
    with reference_ra(home.sandbox) as ra:
        for profile in DESKS:
            save_connection(home, profile, Connection(ra.url_of(profile), ra.tls_root, ra.ca_root))
        yield World(certtray)


@pytest.fixture
def world(certtray: Program) -> Iterator[World]:
    """The issuer runs, nothing is on the computer yet."""
    with served(certtray) as made:
        yield made


def near_its_end(world: World) -> World:
    """Leave a file that ends in 12 days and was opened once, so that its date is known."""
    world.sample(world.file, 12)
    unlocked = world.certtray.run(
        "unlock", world.file, "--json", typed=json.dumps({"answer": OLD_PASSWORD}) + '\n{"answer": false}\n'
    )
    assert unlocked.returncode == 0, unlocked.stdout + unlocked.stderr
    return world


@pytest.fixture
def expiring(world: World) -> World:
    """The person's file is near its end."""
    return near_its_end(world)


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
