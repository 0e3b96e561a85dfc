"""Each check, with the computer as it should be and as it should not."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray.environment import computer
from certtray.environment.cards import check_module, service_alive
from certtray.environment.computer import folders, legacy, time_zone
from certtray.environment.finding import Level
from certtray.environment.network import network
from certtray.system.clouds import cloud_of
from certtray.system.connections import Connection
from certtray.token import client
from certtray.token.modules import foreign_bits
from tests.environment.libraries import foreign, module
from tests.rigs import reference_ra


def test_a_good_module_and_its_name(tmp_path: Path) -> None:
    found = check_module(module(tmp_path, "good"))
    assert (found.level, found.current.facts["text"]) == (Level.OK, "Made for tests 2.7")


@pytest.mark.parametrize(
    ("kind", "said"), [("crashing", "crashed"), ("hanging", "crashed"), ("refusing", "not_loadable")]
)
def test_bad_modules_hurt_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, said: str) -> None:
    monkeypatch.setattr(client, "LOAD_SECONDS", 3.0)
    found = check_module(module(tmp_path, kind))
    assert (found.level, found.current.key) == (Level.BAD, said)


def test_a_module_for_another_computer(tmp_path: Path) -> None:
    assert foreign_bits(module(tmp_path, "good")) is None
    found = check_module(foreign(tmp_path))
    assert (found.level, found.current.key, found.current.facts["bits"]) == (Level.BAD, "bitness", 32)
    (tmp_path / "no.so").write_bytes(b"not a library")
    assert check_module(tmp_path / "no.so").current.key == "not_loadable"


@pytest.mark.parametrize(
    ("folder", "cloud"),
    [
        ("OneDrive/證券", "OneDrive"),
        ("OneDrive - Bank/x", "OneDrive"),
        ("Dropbox", "Dropbox"),
        ("Google Drive/a", "Google Drive"),
        ("Library/Mobile Documents/x", "iCloud"),
        ("Library/CloudStorage/GoogleDrive-a@b/x", "Google Drive"),
        ("Dropbox (Personal)", "Dropbox"),
        ("onedriven", ""),
        ("ekey/551", ""),
    ],
)
def test_folders_a_cloud_copies(tmp_path: Path, folder: str, cloud: str) -> None:
    assert cloud_of(tmp_path / folder) == cloud


def test_a_cloud_by_its_marks(tmp_path: Path) -> None:
    (tmp_path / "mine" / "deep").mkdir(parents=True)
    (tmp_path / "mine" / ".stfolder").mkdir()
    assert cloud_of(tmp_path / "mine" / "deep") == "Syncthing"


def test_rights_of_folders(tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "place"
    home.mkdir(mode=0o755)
    place.mkdir(mode=0o500)
    found = {(each.check, each.about): each for each in folders([place], home)}
    assert found["home_private", ""].level is Level.BAD
    rights = found["folder_rights", str(place)]
    assert rights.level is Level.BAD and rights.fix is not None
    assert found["folder_rights", str(home)].level is Level.OK
    assert found["cloud", str(place)].level is Level.OK


def test_old_files_are_readable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert legacy().level is Level.OK
    (tmp_path / "sample-rc2-40.pfx").write_bytes(b"garbage")
    monkeypatch.setattr(computer, "config_folder", lambda: tmp_path)
    assert legacy().level is Level.BAD


def test_the_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    for zone, level in (("Asia/Taipei", Level.OK), ("America/New_York", Level.UNKNOWN)):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert time_zone(datetime(2026, 11, 21, tzinfo=UTC)).level is level
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def service() -> Iterator[tuple[int, list[str]]]:
    """A local service, and what it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path == "/TCW/isAlive" else 404)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


def test_local_services_are_only_asked_whether_they_live(service: tuple[int, list[str]], tmp_path: Path) -> None:
    port, asked = service
    assert service_alive(port, is_alive="")
    assert asked == []
    assert not service_alive(port, is_alive="/TCW/isAlive"), "it does not speak TLS"
    assert not service_alive(1, is_alive="")


def test_the_way_to_an_issuer_and_its_clock(tmp_path: Path) -> None:
    with reference_ra(tmp_path / "ra") as ra:
        there = Connection(ra.url, ra.tls_root, ra.ca_root)
        found = {each.check: each for each in network([there], lambda: datetime.now(UTC))}
        assert [found[check].level for check in ("dns", "tls", "clock")] == [Level.OK] * 3
        slow = {each.check: each for each in network([there], lambda: datetime.now(UTC) - timedelta(minutes=10))}
        assert (slow["clock"].level, slow["clock"].current.key) == (Level.BAD, "clock_off")
        stranger = Connection(ra.url, ra.ca_root, ra.ca_root)
        refused = {each.check: each for each in network([stranger], lambda: datetime.now(UTC))}
        assert (refused["tls"].level, refused["tls"].current.key) == (Level.BAD, "not_trusted")
    gone = {each.check: each for each in network([there], lambda: datetime.now(UTC))}
    assert gone["tls"].current.key == "no_answer"
    nowhere = Connection("https://no-such-host.invalid", ra.tls_root, ra.ca_root)
    assert {each.check: each.level for each in network([nowhere], lambda: datetime.now(UTC))}["dns"] is Level.BAD


def test_a_proxy_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:secret@proxy.example:3128")
    (proxy, clock) = network([], lambda: datetime.now(UTC))
    assert (proxy.current.facts["text"], clock.current.key) == ("proxy.example", "no_issuer")
