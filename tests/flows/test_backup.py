"""Backup and restore (2-12, 2-24, 2-25, 3-20, 3-21): read back, signed with, and used by tools that are not ours."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faces import Program, TerminalScreen
from tests.flows.checks import key_fits, opens, serial_of
from tests.flows.files import (
    OLD,
    algorithms,
    bank_pair,
    broker_place,
    certificates_in,
    history,
    killed,
    nss_takes,
    play,
)
from tests.flows.test_kill import shares
from tests.flows.world import KILLED
from tests.makers import authority, holder, keytool_pfx, openssl_pfx, spare_key

BACKUP = "backup-pass-8642"


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A folder on another device than the person's home."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        assert Path(folder).stat().st_dev != tmp_path.stat().st_dev
        yield Path(folder)


def known(program: Program, path: Path, password: str = OLD) -> str:
    """Let the inventory know the file; return the fingerprint of what it holds."""
    unlocked = play(program, "unlock", path, answers={"file_password": password, "remember_password": False})
    assert unlocked.exit_status == 0, unlocked.end
    found = [row for row in program.rows("list") if any(each["path"] == str(path) for each in row.get("locations", []))]
    return str(found[0]["fingerprint_sha256"])


@pytest.mark.feature("2-12", "2-24", "2-25")
def test_backed_up_to_a_stick_and_restored(certtray: Program, stick: Path, tmp_path: Path) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD, chain=True)
    inside, mark = certificates_in(path, OLD, tmp_path), known(certtray, path)
    answers = {"file_password": OLD, "backup_place": str(stick), "backup_password": BACKUP}
    played = play(certtray, "backup", mark, answers=answers)
    assert played.end["done"] == "backed_up", played.end
    assert [row["key"] for row in played.questions()] == ["file_password", "backup_place", "backup_password"]
    (copy,) = stick.iterdir()
    assert played.end["paths"] == [str(copy)]
    assert copy.name.startswith("sinopac-7E0445FC-") and "A123456789" not in copy.name
    assert key_fits(copy, BACKUP) and not opens(copy, OLD) and nss_takes(copy, BACKUP, tmp_path / "nss")
    assert certificates_in(copy, BACKUP, tmp_path) == inside
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    # The computer is lost; another one takes the backup.
    other = Program(tmp_path / "other")
    Path(other.environment["HOME"]).mkdir(parents=True)
    restored = play(other, "restore", copy, answers={"file_password": ["wrong", BACKUP]})
    assert restored.end["done"] == "restored", restored.end
    target = Path(other.environment["HOME"]) / "ekey" / "551" / "A123456789" / "S" / "Sinopac.pfx"
    assert restored.end["path"] == str(target)
    assert key_fits(target, BACKUP) and "3-KeyTripleDES" in algorithms(target, BACKUP)
    assert certificates_in(target, BACKUP, tmp_path) == inside
    assert (history(certtray), history(other)) == (["backup"], ["restore"])


def test_the_same_disk_and_a_cloud_are_warned_of(certtray: Program, stick: Path) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    home = Path(certtray.environment["HOME"])
    (home / "Dropbox").mkdir()
    places = [str(home), str(home / "Dropbox" / "b.pfx"), str(home / "no" / "where.pfx"), str(stick / "b.pfx")]
    answers = {"file_password": OLD, "backup_place": places, "backup_password": BACKUP}
    played = play(certtray, "backup", path, answers={**answers, "backup_same_disk": False, "backup_cloud": False})
    keys = [row["key"] for row in played.questions()]
    asked = ["backup_place", "backup_same_disk", "backup_place", "backup_cloud", "backup_place", "backup_password"]
    assert keys == ["file_password", *asked]
    assert [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"] == ["no_folder"]
    assert [each.name for each in stick.iterdir()] == ["b.pfx"]
    assert sorted(each.name for each in home.rglob("*.pfx")) == ["Sinopac.pfx"]


def test_another_file_is_never_overwritten_without_a_word(certtray: Program, stick: Path) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    taken = stick / "mine.pfx"
    taken.write_bytes(b"something dear")
    answers = {"file_password": OLD, "backup_place": [str(taken), str(taken)], "backup_password": BACKUP}
    played = play(certtray, "backup", path, answers={**answers, "place_taken": [False, True]})
    assert played.end["done"] == "backed_up"
    assert opens(taken, BACKUP)
    kept = [each for each in (certtray.home / "archive").rglob("*") if each.is_file()]
    assert [each.read_bytes() for each in kept] == [b"something dear"]


@pytest.mark.feature("3-20", "3-21")
@pytest.mark.parametrize("together", [True, pytest.param(False, marks=pytest.mark.full)])
def test_two_pairs_go_into_two_files_and_come_back_one_by_one(
    certtray: Program, stick: Path, tmp_path: Path, together: bool
) -> None:
    sign, encrypt = bank_pair(authority())
    home = Path(certtray.environment["HOME"])
    (home / "Documents").mkdir()
    if together:
        files = [keytool_pfx(home / "Documents" / "both.pfx", [sign, encrypt], OLD)]
    else:
        files = [openssl_pfx(home / "Documents" / f"{n}.pfx", each, OLD) for n, each in enumerate((sign, encrypt))]
    for file in files:
        known(certtray, file)
    place = stick / "bank.pfx"
    answers = {"file_password": OLD, "backup_place": str(place), "backup_password": BACKUP}
    played = play(certtray, "backup", files[0], answers=answers)
    assert played.end["done"] == "backed_up", played.end
    assert sorted(each.name for each in stick.iterdir()) == ["bank-encrypt.pfx", "bank-sign.pfx"]
    for usage, party in (("sign", sign), ("encrypt", encrypt)):
        copy = stick / f"bank-{usage}.pfx"
        assert int(serial_of(copy, BACKUP), 16) == party.certificate.serial_number
        assert key_fits(copy, BACKUP) and "AES-256-CBC" in algorithms(copy, BACKUP)
        target = home / f"{usage}.pfx"
        restored = play(certtray, "restore", copy, answers={"file_password": BACKUP, "restore_place": str(target)})
        assert restored.end["done"] == "restored", restored.end
        assert int(serial_of(target, BACKUP), 16) == party.certificate.serial_number


def test_half_of_a_pair_is_said_to_be_half(certtray: Program, stick: Path) -> None:
    sign, _ = bank_pair(authority())
    path = openssl_pfx(certtray.folder / "sign.pfx", sign, OLD)
    answers = {"file_password": OLD, "backup_place": str(stick), "backup_password": BACKUP}
    played = play(certtray, "backup", path, answers=answers)
    assert "backup_one_of_two" in played.events()
    assert [each.name[-9:] for each in stick.iterdir()] == ["-sign.pfx"]


def test_a_newer_one_is_not_replaced_without_a_word(certtray: Program, stick: Path) -> None:
    old = openssl_pfx(stick / "old.pfx", holder(), OLD)
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=900)
    newer = holder(key=spare_key(2), serial=0x7E0445FD, not_after=later)
    path = openssl_pfx(broker_place(certtray), newer, OLD)
    before = path.read_bytes()
    known(certtray, path)
    asked = {"file_password": OLD, "restore_over_newer": False}
    refused = play(certtray, "restore", old, answers=asked)
    assert (refused.end["code"], path.read_bytes()) == ("cancelled", before)
    done = play(certtray, "restore", old, answers={**asked, "restore_over_newer": True})
    assert done.end["done"] == "restored"
    kept = [each.read_bytes() for each in (certtray.home / "archive").rglob("*.pfx")]
    assert kept == [before]


@pytest.mark.parametrize("share", shares(None, parts=2))
def test_restoring_killed_anywhere_leaves_one_of_them_whole(certtray: Program, share: slice, stick: Path) -> None:
    copy = openssl_pfx(stick / "backup.pfx", holder(), BACKUP)
    later = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    before = openssl_pfx(broker_place(certtray), holder(serial=77, not_after=later), OLD).read_bytes()
    answers = {"file_password": BACKUP, "restore_over": True}
    _, points = killed(certtray, "nowhere", "restore", copy, answers=answers)
    for number, point in enumerate(points[share]):
        program = Program(certtray.folder / f"{number}")
        own = broker_place(program)
        own.write_bytes(before)
        cut, passed = killed(program, point, "restore", copy, answers=answers)
        assert (cut.exit_status, passed[-1:]) == (KILLED, [point])
        assert own.read_bytes() == before or key_fits(own, BACKUP), point
        again = play(program, "restore", copy, answers=answers)
        assert again.end["done"] == "restored", again.end
        assert key_fits(own, BACKUP)
        assert [each.name for each in own.parent.iterdir()] == ["Sinopac.pfx"]
        assert before in [each.read_bytes() for each in (program.home / "archive").rglob("*.pfx")]
        assert "restore" in history(program)


def test_by_hand(certtray: Program, terminal: TerminalScreen, stick: Path) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    screen = terminal.start("backup", path)
    screen.expect("憑證檔密碼")
    screen.sendline(OLD)
    screen.expect("備份要放在哪裡")
    screen.expect("sinopac-7E0445FC")  # offered
    screen.sendline(str(stick))
    screen.expect("設定備份檔的密碼")
    screen.sendline(BACKUP)
    screen.expect("再輸入一次")
    screen.sendline(BACKUP)
    screen.expect("憑證匯出完成")
    screen.wait()
    assert screen.exitstatus == 0
    assert shutil.disk_usage(stick).used
    assert opens(next(stick.iterdir()), BACKUP)
