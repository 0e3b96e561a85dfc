"""The tray process with real parts: a panel's side of D-Bus, a notification server, file events, a second start."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray.inventory.db import Inventory
from certtray.system.connections import Connection, save_connection
from certtray.system.paths import Home
from certtray.watch.drift import SETTLED
from tests.faces import Program
from tests.makers import ALICE, BRUNO, holder, nss_database, spare_key
from tests.notify.desk import Desk
from tests.notify.desk import desk as desk_in
from tests.patience import SECONDS
from tests.tray.host import Host
from tests.tray.rig import until


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A screen, a bus and dunst."""
    with desk_in(tmp_path / "desk") as running:
        running.bus()
        running.screen()
        running.notification_server("dunst")
        yield running


@pytest.fixture
def host(desk: Desk) -> Iterator[Host]:
    """The panel's side."""
    host = Host(desk.environment["DBUS_SESSION_BUS_ADDRESS"])
    yield host
    host.close()


class Resident:
    """``certtray run`` on that desktop."""

    def __init__(self, program: Program, desk: Desk) -> None:
        self.program = program
        self.environment = {**desk.environment, **program.environment}
        self.process: subprocess.Popen[str] | None = None

    def start(self, *words: str) -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [*self.program.command, *(words or ["run"])], env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command in the same session."""
        command = [*self.program.command, *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )

    def wait(self) -> int:
        """Wait for its end."""
        assert self.process is not None
        return self.process.wait(SECONDS)


@pytest.fixture
def resident(certtray: Program, desk: Desk) -> Iterator[Resident]:
    """Not yet started."""
    resident = Resident(certtray, desk)
    yield resident
    if resident.process is not None:
        resident.process.kill()
        resident.process.wait()
        assert resident.process.stdout is not None
        resident.process.stdout.close()


def put(program: Program, days: int, cn: str = ALICE, number: int = 1) -> Path:
    """Lay a certificate with its key where it is found."""
    folder = Path(program.environment["HOME"]) / "ekey" / "551" / cn[:10] / "S"
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC).replace(microsecond=0)
    party = holder(cn, key=spare_key(number), not_before=now - timedelta(400), not_after=now + timedelta(days))
    path = folder / f"{number}.pem"
    path.write_bytes(party.certificate_pem + party.key_pem)
    return path


def shows(host: Host, words: str) -> bool:
    return any(words in label for label in host.labels())


def test_what_is_due_is_in_the_menu_and_noticed(certtray: Program, desk: Desk, host: Host, resident: Resident) -> None:
    put(certtray, 12)
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還有 12 天"), "the menu names what is due")
    assert not shows(host, "A123456789")
    desk.window("Dunst")
    # A renewed file laid beside it is noticed by its event, long before the hourly check.
    put(certtray, 300, number=2)
    until(lambda: shows(host, "都沒問題"), "the menu is well again")
    assert resident.process is not None
    resident.process.send_signal(signal.SIGTERM)
    assert resident.wait() == 0


def test_the_menu_checks_pauses_and_quits(certtray: Program, host: Host, resident: Resident) -> None:
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還沒有找到憑證"), "nothing is there yet")
    host.click(host.find("暫停通知", "1 小時").id)
    until(lambda: shows(host, "恢復通知"), "the menu offers to resume")
    put(certtray, 3, BRUNO)
    host.click(host.find("立即檢查").id)
    until(lambda: shows(host, "還有 3 天"), "the menu shows it although notices are paused")
    host.click(host.find("結束").id)
    assert resident.wait() == 0


def test_the_environment_check_does_not_outlive_the_tray(certtray: Program, host: Host, resident: Resident) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(SECONDS)
        root = certtray.folder / "root.pem"
        root.write_bytes(holder(ALICE).certificate_pem)
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        save_connection(Home(certtray.home), "sinopac", Connection(url, root, root))
        resident.start()
        host.wait_for_item()
        asking, _ = silent.accept()
        with asking:
            assert children_of(resident, "_environment"), "it waits for an answer"
            host.click(host.find("結束").id)
            assert resident.wait() == 0
    assert not children_of(resident, "_environment")


def test_a_second_start_hands_over_and_ends(certtray: Program, host: Host, resident: Resident) -> None:
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還沒有找到憑證"), "it has checked")
    second = resident.run("run")
    assert (second.returncode, second.stderr) == (0, "")
    assert resident.process is not None
    assert resident.process.poll() is None


def test_a_procedure_elsewhere_makes_it_look_again(certtray: Program, host: Host, resident: Resident) -> None:
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還沒有找到憑證"), "it has checked")
    documents = Path(certtray.environment["HOME"]) / "Documents"  # not among the watched folders yet
    documents.mkdir()
    put(certtray, 12).rename(documents / "mine.pem")
    assert resident.run("resume").returncode == 0
    until(lambda: shows(host, "還有 12 天"), "it was told that something changed")


def test_a_click_on_the_notice_opens_the_window_in_the_renewal(
    certtray: Program, desk: Desk, host: Host, resident: Resident
) -> None:
    put(certtray, 12)
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還有 12 天"), "it has checked")
    desk.press("Dunst", 60, 30, lambda: children_of(resident, "window"))
    window = desk.window("certtray")
    targets = [line for line in children_of(resident, "window") if "certtray://flow/renew/" in line]
    assert len(targets) == 1
    # What is chosen later comes into the same window.
    host.click(host.find("開啟憑證守望").id)
    until(lambda: len(children_of(resident, "window")) == 2, "a second window is started")
    until(lambda: len(children_of(resident, "window")) == 1, "a second window hands over and ends")
    assert desk.window("certtray") == window


def test_drift_is_in_the_menu_by_its_event_and_leads_to_the_matrix(
    certtray: Program, desk: Desk, host: Host, resident: Resident
) -> None:
    root = Path(certtray.environment["HOME"]) / ".mozilla/firefox"
    now = datetime.now(UTC).replace(microsecond=0)
    old, new = (holder(ALICE, serial=n, key=spare_key(n), not_after=now + timedelta(100 * n)) for n in (1, 2))
    left, right = (nss_database(root / name, [old]) for name in ("left", "right"))
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "都沒問題"), "both hold the newest")
    nss_database(right, [new])
    until(lambda: shows(host, "1 個瀏覽器缺少最新的憑證"), "one of them holds a newer one")
    with Inventory.open(certtray.home / "inventory.sqlite") as inventory:
        # A notice waits until a drift has stayed for ten minutes; here they have passed.
        met = inventory.journal.drifts()
        assert [(at.path, at.cell, seen.told) for at, seen in met.items()] == [(str(left), "older_valid", None)]
        inventory.journal.meet({at: replace(seen, since=seen.since - SETTLED) for at, seen in met.items()})
    host.click(host.find("立即檢查").id)
    desk.click(desk.window("Dunst"), 60, 30)
    desk.window("certtray")
    assert ["certtray://stores" in line for line in children_of(resident, "window")] == [True]
    nss_database(left, [new])
    until(lambda: shows(host, "都沒問題"), "well again")


def test_the_tour_on_a_desktop(desk: Desk, host: Host, resident: Resident) -> None:
    """What `make run` does where there is a display."""
    resident.start("demo", "--desktop")
    assert resident.process is not None
    assert resident.process.stdout is not None
    host.wait_for_item()
    until(lambda: shows(host, "還有 12 天"), "the sample is due")
    said = [resident.process.stdout.readline() for _ in range(3)]
    assert "A123456789" in said[1]
    assert "sandbox outbox" in said[2]
    host.click(host.find("結束").id)
    assert resident.wait() == 0


def children_of(resident: Resident, word: str) -> list[str]:
    """Return the command lines of this home's processes of that word."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if f" certtray {word} " in line and str(resident.program.home) in (process / "environ").read_text("utf-8"):
                found.append(line)
        except OSError:
            continue
    return found


@pytest.mark.feature("4-07")
def test_at_login_only_what_is_in_the_way_is_said(
    certtray: Program, desk: Desk, host: Host, resident: Resident
) -> None:
    certtray.home.mkdir(mode=0o755)
    certtray.home.chmod(0o755)
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "電腦環境有 1 個項目要處理"), "the environment check found it in a child")
    desk.window("Dunst")
    answers = '{"answer": "all"}\n{"answer": "leave"}\n'
    command = [*certtray.command, "environment", "--json"]
    subprocess.run(command, env=resident.environment, input=answers, capture_output=True, text=True, check=True)
    until(lambda: not shows(host, "電腦環境"), "put right, the line goes")
