"""The environment check through the terminal's command and ``--json``: rows, fixes one by one and all, undo."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from certtray_sandbox.script import Played
from tests.environment.libraries import module
from tests.faces import Dialogue, Program
from tests.makers import holder, openssl_pfx


def checks(played: Played) -> dict[str, dict[str, Any]]:
    assert played.exit_status == 0, played.errors
    return {f"{row['check']} {row['about']}".strip(): row for row in played.end["checks"]}


def closed_folder(certtray: Program) -> Path:
    """A folder with a certificate and its key that cannot be written."""
    folder = certtray.folder / "user" / "Documents" / "ca"
    folder.mkdir(parents=True)
    openssl_pfx(folder / "mine.pfx", holder(), "file-1357")
    typed = json.dumps({"answer": "file-1357"}) + '\n{"answer": false}\n'
    assert certtray.run("unlock", folder / "mine.pfx", "--json", typed=typed).returncode == 0
    certtray.run("list")
    folder.chmod(0o500)
    return folder


def in_order(*answers: str) -> dict[str, Any]:
    left = list(answers)
    return {"environment_fix": lambda _question: left.pop(0) if left else "leave"}


@pytest.mark.feature("2-01", "3-27", "3-28", "4-25")
def test_system_first_then_every_item(dialogue: Dialogue) -> None:
    played = dialogue.play("environment", answers=in_order())
    rows = [row["check"] for row in played.end["checks"]]
    assert rows[:6] == [f"system_{each}" for each in ("os", "desktop", "display", "python", "engine", "openssl")]
    wanted = "time_zone proxy clock home_private folder_rights cloud legacy pcsc reader service_hipki service_twca notices tray"
    assert {*wanted.split(), "module", "secrets", "autostart"} <= set(rows)
    table = played.end["table"]
    assert table["columns"] == ["項目", "建議", "目前", "狀態", "處理方式"]
    assert len(table["rows"]) == len(table["levels"]) == len(rows)
    assert "Debian" in table["rows"][0][2] or "Linux" in table["rows"][0][2]


@pytest.mark.feature("2-21", "3-06", "4-06", "4-24")
def test_a_folder_that_cannot_be_written_is_put_right_and_back(certtray: Program, dialogue: Dialogue) -> None:
    folder = closed_folder(certtray)
    name = f"folder_rights {folder}"
    before = dialogue.play("environment", answers=in_order())
    assert checks(before)[name]["level"] == "bad"
    assert before.end["done"] == "environment_trouble"
    at = before.end["checks"].index(checks(before)[name])
    assert before.end["table"]["levels"][at] == "bad"
    assert "80070005" in before.end["table"]["rows"][at][4]
    offered = {option["id"]: option["label"] for option in before.questions("environment_fix")[0]["options"]}
    assert "變更設定" in offered[f"folder_rights:{folder}"] and "全部變更設定" in offered["all"]
    after = dialogue.play("environment", answers=in_order(f"folder_rights:{folder}"))
    assert checks(after)[name]["level"] == "ok"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "environment_changed" in after.events()
    undone = dialogue.play("environment", answers=in_order(f"undo:folder_rights:{folder}"))
    assert checks(undone)[name]["level"] == "bad"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o500


@pytest.mark.feature("4-24")
def test_all_at_once_and_each_undone(certtray: Program, dialogue: Dialogue) -> None:
    folder = closed_folder(certtray)
    certtray.home.chmod(0o755)
    played = dialogue.play("environment", answers=in_order("all"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and stat.S_IMODE(certtray.home.stat().st_mode) == 0o700
    starts = certtray.folder / "user" / ".config" / "autostart" / "certtray.desktop"
    assert starts.is_file()
    assert played.events().count("environment_changed") == 3
    ids = [option["id"] for option in played.questions()[-1]["options"] if option["id"].startswith("undo:")]
    assert len(ids) == 3
    dialogue.play("environment", answers=in_order(*ids))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o500 and stat.S_IMODE(certtray.home.stat().st_mode) == 0o755
    assert not starts.exists()


@pytest.mark.feature("3-05", "4-08")
def test_the_token_s_module(certtray: Program, dialogue: Dialogue) -> None:
    """A module p11-kit knows is loaded in a child and named; opensc-pkcs11 is a real one."""
    made = module(certtray.folder, "good")
    certtray.home.mkdir()
    (certtray.home / "modules.toml").write_text(
        f'[[module]]\nid = "made"\nname = "Made"\nunblock = "none"\nlinux = ["{made}"]\n', "utf-8"
    )
    rows = [row for row in dialogue.play("environment", answers=in_order()).end["checks"] if row["check"] == "module"]
    opensc = next(row for row in rows if "opensc" in row["about"])
    assert opensc["level"] == "ok" and "smartcard" in opensc["current"]["text"].lower()
    own = next(row for row in rows if row["about"] == str(made))
    assert own["current"]["text"] == "Made for tests 2.7"


@pytest.mark.feature("4-01")
def test_the_reader_service(certtray: Program, tmp_path: Path) -> None:
    """A socket stands in for the service that is not there in a test; what it is asked is nothing."""

    def row(name: str, place: Path) -> dict[str, Any]:
        done = certtray.run("environment", "--json", typed='{"answer": "leave"}\n' * 3, PCSCLITE_CSOCK_NAME=str(place))
        checked = json.loads(done.stdout.splitlines()[-1])["checks"]
        return next(each for each in checked if each["check"] == name)

    place = tmp_path / "pcscd.comm"
    assert (row("pcsc", place)["level"], row("reader", place)["current"]["key"]) == ("unknown", "not_running")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()

        def hang_up() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        assert row("pcsc", place)["level"] == "ok"
        assert row("reader", place)["current"]["key"] == "none_seen"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.feature("4-07")
def test_at_login_only_failures_are_named(certtray: Program) -> None:
    certtray.home.mkdir()

    def survey() -> list[str]:
        done = subprocess.run(
            [*certtray.command, "_environment"], env=certtray.environment, capture_output=True, text=True, check=True
        )
        bad: list[str] = json.loads(done.stdout)["bad"]
        return bad

    certtray.home.chmod(0o700)
    assert survey() == []
    certtray.home.chmod(0o755)
    assert survey() == ["home_private"]


def test_a_damaged_record_is_said(certtray: Program) -> None:
    certtray.home.mkdir(mode=0o700)
    (certtray.home / "environment.json").write_text("{")
    assert certtray.run("environment", "--json").returncode == 65
