"""A file's password changed (0-22, 0-23): what is in it stays, the old one is kept, interruption leaves one of them whole."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray.flows.operations import Operation, Operations
from tests.faces import Program, TerminalScreen
from tests.flows.checks import key_fits, opens, serial_of
from tests.flows.files import NEW, OLD, algorithms, broker_place, certificates_in, history, killed, nss_takes, play
from tests.flows.test_kill import shares
from tests.flows.world import KILLED
from tests.makers import holder, keytool_pfx, openssl_pfx, spare_key
from tests.patience import SECONDS

ANSWERS = {"file_password": OLD, "change_password_of": True, "changed_file_password": NEW}


def archived(program: Program) -> list[bytes]:
    return [path.read_bytes() for path in (program.home / "archive").rglob("*") if path.is_file()]


@pytest.mark.feature("0-22", "0-23")
def test_changed_and_proven_by_others(certtray: Program, tmp_path: Path) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD, chain=True, friendly_name="永豐")
    before, inside = path.read_bytes(), certificates_in(path, OLD, tmp_path)
    played = play(certtray, "password", path, answers=ANSWERS)
    assert played.exit_status == 0, played.end
    confirm = played.questions("change_password_of")[0]
    assert "A12345****" in confirm["help"] and "7E0445FC" in confirm["help"] and "有效" in confirm["help"]
    assert [row["key"] for row in played.questions()] == [*ANSWERS]
    assert opens(path, NEW) and not opens(path, OLD) and key_fits(path, NEW)
    assert nss_takes(path, NEW, tmp_path / "nss")
    assert certificates_in(path, NEW, tmp_path) == inside and len(inside) == 3
    assert "pbeWithSHA1And3-KeyTripleDES" in algorithms(path, NEW)  # what the broker's programs read
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert archived(certtray) == [before]
    assert [row[0] for row in played.end["table"]["rows"]] == ["eLeader：在 [3303] 重新設定憑證資料"]
    assert history(certtray) == ["password"]
    row = certtray.rows("scan", path)[0]
    assert (row["path"], row["error"]) == (str(path), "locked")  # scan changes and uses no state
    # A later look at the disk knows it without its password.
    assert certtray.rows("list")[0]["locations"][0]["path"] == str(path)


def test_two_pairs_in_one_file_both_go_on(certtray: Program, tmp_path: Path) -> None:
    other = holder("A123456789-00-00::PCC006", key=spare_key(2), serial=0x7E0445FD)
    path = keytool_pfx(broker_place(certtray), [holder(), other], OLD)
    played = play(certtray, "password", path, answers=ANSWERS)
    assert played.end["done"] == "password_changed", played.end
    assert len(certificates_in(path, NEW, tmp_path)) == 2
    assert opens(path, NEW)


def test_what_is_not_a_new_password_is_not_taken(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    typed = ["long\0enough", "short", "a123456789", OLD, NEW]
    played = play(certtray, "password", path, answers={**ANSWERS, "changed_file_password": typed})
    rules = [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"]
    assert rules == ["text", "too_short", "is_the_id", "is_the_former"]
    assert opens(path, NEW)


def test_an_expired_one_says_so_and_no_leaves_it(certtray: Program) -> None:
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    path = openssl_pfx(broker_place(certtray), holder(not_after=end), OLD)
    before = path.read_bytes()
    played = play(certtray, "password", path, answers={**ANSWERS, "change_password_of": False})
    assert "已過期" in played.questions("change_password_of")[0]["help"]
    assert (played.end["code"], path.read_bytes()) == ("cancelled", before)
    assert history(certtray) == []


def test_programs_that_hold_the_old_one_are_named_and_not_read_out(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    home = Path(certtray.environment["HOME"])
    planted = "planted-secret-7391"
    (home / "Documents" / "bot").mkdir(parents=True)
    dotenv = home / "Documents" / "bot" / ".env"
    dotenv.write_text(f"SJ_CA_PATH={path}\nSJ_CA_PASSWD={planted}\n")
    config = home / ".profile"
    config.write_text(f"export SJ_CA_PATH=~/ekey/551/A123456789/S/Sinopac.pfx\nexport SJ_CA_PASSWD={planted}\n")
    windows = home / "Documents" / "config.json"
    windows.write_text(json.dumps({"ca": str(path), "password": planted}))
    (home / "Documents" / "other.ini").write_text(f"[a]\npassword={planted}\n")
    played = play(certtray, "password", path, answers=ANSWERS, SJ_CA_PATH=str(path), SJ_CA_PASSWD=planted)
    assert set(played.end["named_by"]) == {str(dotenv), str(config), str(windows), "SJ_CA_PATH"}
    said = json.dumps(played.rows, ensure_ascii=False) + played.errors
    kept = [each.read_bytes() for each in certtray.home.rglob("*") if each.is_file()]
    assert planted not in said
    assert all(planted.encode() not in data for data in kept)


def test_an_unfinished_renewal_of_the_same_file_comes_first(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    before = path.read_bytes()
    operation = Operation(
        id="0f8fad5b-d9cb-469f-a165-70867728950e",
        action="renew",
        profile="sinopac",
        holder="A123456789",
        target=str(path),
        usages=(),
        terms_version="1",
        created="2026-11-21T00:00:00+00:00",
    )
    Operations(certtray.home / "operations").save(operation)
    played = play(certtray, "password", path, answers=ANSWERS)
    assert (played.exit_status, played.end["code"]) == (75, "operation-unfinished")
    assert not played.questions()
    assert path.read_bytes() == before


def test_a_file_written_by_somebody_else_meanwhile_is_left_alone(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    other = openssl_pfx(certtray.folder / "other.pfx", holder(serial=5), OLD).read_bytes()

    def meanwhile(_question: object) -> str:
        path.write_bytes(other)
        return NEW

    played = play(certtray, "password", path, answers={**ANSWERS, "changed_file_password": meanwhile})
    assert (played.exit_status, played.end["code"]) == (75, "file-changed")
    assert path.read_bytes() == other


@pytest.mark.parametrize("share", shares(slice(3, None, 24), parts=2))
def test_killed_anywhere_one_of_the_two_is_whole(certtray: Program, share: slice) -> None:
    path = broker_place(certtray)
    before = openssl_pfx(path, holder(), OLD).read_bytes()
    played, points = killed(certtray, "nowhere", "password", path, answers=ANSWERS)
    assert played.end["done"] == "password_changed"
    assert len(points) > 40
    for number, point in enumerate(points[share]):
        program = Program(certtray.folder / f"{number}")
        own = broker_place(program)
        own.write_bytes(before)
        cut, passed = killed(program, point, "password", own, answers=ANSWERS)
        assert (cut.exit_status, passed[-1:]) == (KILLED, [point])
        old_stands = own.read_bytes() == before
        assert old_stands or (opens(own, NEW) and key_fits(own, NEW)), point
        if not old_stands:
            assert archived(program) == [before]
        history(program)
        # Once more from whatever stands: it comes to its end and tidies up.
        password = OLD if old_stands else NEW
        again = play(
            program,
            "password",
            own,
            answers={**ANSWERS, "file_password": password, "changed_file_password": "third-pass-9753"},
        )
        assert again.end["done"] == "password_changed", again.end
        assert opens(own, "third-pass-9753")
        assert [each.name for each in own.parent.iterdir()] == ["Sinopac.pfx"]
        assert history(program)[-1] == "password"


def test_a_full_disk_changes_nothing(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    before = path.read_bytes()
    archive = certtray.home / "archive"
    certtray.home.mkdir(exist_ok=True)
    archive.write_text("a file where a folder must be")
    played = play(certtray, "password", path, answers=ANSWERS)
    assert played.end["code"] == "write-failed"
    assert path.read_bytes() == before


def test_the_renewed_password_s_age_is_known(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    play(certtray, "password", path, answers=ANSWERS)
    with sqlite3.connect(certtray.home / "inventory.sqlite") as db:
        ((sha256, hint, at),) = db.execute("SELECT * FROM passwords").fetchall()
    assert (sha256, hint) == (hashlib.sha256(path.read_bytes()).hexdigest(), "")
    assert abs(datetime.now(UTC).timestamp() - at) < 120


def test_by_hand(certtray: Program, terminal: TerminalScreen) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), "A123456789")
    screen = terminal.start("password", path)
    screen.expect("憑證檔密碼")
    screen.expect("/1 試試預設密碼")
    screen.sendline("/1")
    screen.expect("很容易被猜到")
    screen.expect("要變更這個憑證檔的密碼嗎")
    screen.sendline("y")
    screen.expect("設定新的憑證檔密碼")
    screen.sendline(NEW)
    screen.expect("再輸入一次")
    screen.sendline(NEW)
    screen.expect("密碼變更完成")
    screen.expect("eLeader")
    screen.wait()
    assert screen.exitstatus == 0
    assert serial_of(path, NEW).lstrip("0") == "7E0445FC"


KEPT = """
import json, os, sys
from pathlib import Path
from tests.faces import Program
from tests.flows.files import NEW, OLD, play
program, path = Program(Path(sys.argv[1])), sys.argv[2]
bus = {name: os.environ[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")}
change = {"file_password": OLD, "change_password_of": True, "changed_file_password": NEW}
convert = {"convert_to": "pem", "convert_place": str(program.folder), "converted_password": {"action": "keep"}}
ended = [
    play(program, *words, answers=answers, **bus)
    for words, answers in (
        (("unlock", path), {"file_password": OLD, "remember_password": True}),
        (("password", path), change),
        (("convert", path), convert),
    )
]
print(json.dumps([[each.events(), [row["key"] for row in each.questions()], each.end.get("done")] for each in ended]))
"""


def test_a_kept_password_is_replaced(certtray: Program) -> None:
    """In a real secret store: the current one is asked all the same, afterwards the new one is found there."""
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    runtime = certtray.folder / "run"
    runtime.mkdir(mode=0o700)
    script = 'printf login | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@"'
    words = ["dbus-run-session", "--", "sh", "-c", script, "sh", sys.executable, "-c", KEPT, certtray.folder, path]
    home = {"HOME": certtray.environment["HOME"], "XDG_RUNTIME_DIR": str(runtime)}
    done = subprocess.run(
        list(map(str, words)), env={**os.environ, **home}, capture_output=True, text=True, check=True, timeout=SECONDS
    )
    unlocked, changed, converted = json.loads(done.stdout)
    assert "remembered" in unlocked[0]
    assert changed[1][0] == "file_password" and "kept_password_replaced" in changed[0]
    assert converted[1:] == [["convert_to", "convert_place", "converted_password"], "converted"]
    assert "opened_with_kept_password" in converted[0]
