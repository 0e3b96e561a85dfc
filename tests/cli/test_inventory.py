"""``list``, ``check``, ``unlock``, ``folders``, ``run --once`` and the bare command, on real files."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faces import Dialogue, Program
from tests.makers import ALICE, BRUNO, Party, holder, openssl_pfx, spare_key
from tests.patience import SECONDS

PASSWORD = "inventory-1"


def ending(days: int, cn: str = ALICE, number: int = 1) -> Party:
    """Return a holder's certificate with ``days`` left."""
    now = datetime.now(UTC).replace(microsecond=0)
    first = now - timedelta(days=400)
    return holder(cn, key=spare_key(number), not_before=first, not_after=now + timedelta(days=days))


def documents(certtray: Program) -> Path:
    """Return a folder that is searched by default."""
    folder = Path(certtray.environment["HOME"]) / "Documents"
    folder.mkdir(exist_ok=True)
    return folder


def test_once_unlocked_the_date_is_known_without_the_password(
    certtray: Program, dialogue: Dialogue, tmp_path: Path
) -> None:
    path = openssl_pfx(documents(certtray) / "mine.pfx", ending(12), PASSWORD)
    assert [row["state"] for row in certtray.rows("list")] == ["locked"]
    played = dialogue.play("unlock", path, answers={"file_password": ["wrong", PASSWORD], "remember_password": False})
    assert (played.end["type"], played.end["certificates"]) == ("result", 1)
    assert [row["days_left"] for row in certtray.rows("list")] == [12]
    # A copy elsewhere is known at once; the file changed into another one is not.
    shutil.copy(path, documents(certtray) / "copy.pfx")
    assert len(certtray.rows("list")[0]["locations"]) == 2
    openssl_pfx(path, ending(300, number=2), "another one")
    states = {row["state"] for row in certtray.rows("list")}
    assert states == {"expiring", "locked"}
    path.unlink()
    (documents(certtray) / "copy.pfx").unlink()
    assert certtray.rows("list") == []


def test_the_password_is_kept_only_on_request_and_then_reads_a_changed_file(certtray: Program, tmp_path: Path) -> None:
    """In a session with a real secret store: kept, used for the next file at that path, and nowhere in the clear."""
    path = openssl_pfx(documents(certtray) / "mine.pfx", ending(12), PASSWORD)
    answers = "\n".join(json.dumps(row) for row in ({"answer": PASSWORD}, {"answer": True}))
    (tmp_path / "answers").write_text(answers)
    new = openssl_pfx(tmp_path / "new.pfx", ending(300, number=2), PASSWORD)
    script = """
    printf login | gnome-keyring-daemon --unlock --components=secrets >/dev/null
    "$1" -m certtray unlock "$2" --json < "$3" >&2
    cp "$4" "$2"
    "$1" -m certtray list --json
    """
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    words = [certtray.command[0], str(path), str(tmp_path / "answers"), str(new)]
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-ec", script, "sh", *words],
        env={**certtray.environment, "XDG_RUNTIME_DIR": str(runtime)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [row["days_left"] for row in json.loads(done.stdout)] == [300]
    written = [each for each in tmp_path.rglob("*") if each.is_file() and each.name != "answers"]
    assert not [each for each in written if PASSWORD.encode() in each.read_bytes()]


@pytest.mark.parametrize(
    ("days", "status", "word"),
    [(31, 0, "fine"), (30, 1, "soon"), (8, 1, "soon"), (7, 2, "critical"), (-1, 2, "critical")],
)
def test_check_answers_in_its_exit_status(certtray: Program, days: int, status: int, word: str) -> None:
    party = ending(days)
    (documents(certtray) / "mine.pem").write_bytes(party.certificate_pem + party.key_pem)
    done = certtray.run("check", "--json")
    assert done.returncode == status
    said = json.loads(done.stdout)
    assert (said["status"], said["exit"]) == (word, status)
    assert said["rows"][0]["days_left"] == days


def test_check_does_not_know_what_is_locked_or_not_there(certtray: Program) -> None:
    assert certtray.run("check").returncode == 3
    openssl_pfx(documents(certtray) / "locked.pfx", ending(100), PASSWORD)
    assert certtray.run("check").returncode == 3
    party = ending(100, number=2)
    (documents(certtray) / "mine.pem").write_bytes(party.certificate_pem + party.key_pem)
    assert certtray.run("check").returncode == 3, "one is fine, the locked one is not known"
    party = ending(3, BRUNO, number=3)
    (documents(certtray) / "urgent.pem").write_bytes(party.certificate_pem + party.key_pem)
    assert certtray.run("check").returncode == 2, "what is urgent comes first"


def test_a_renewed_certificate_is_superseded_and_no_worry(certtray: Program) -> None:
    for number, days in ((1, 3), (2, 300)):
        party = ending(days, number=number)
        (documents(certtray) / f"{days}.pem").write_bytes(party.certificate_pem + party.key_pem)
    assert [row["state"] for row in certtray.rows("list")] == ["superseded", "valid"]
    assert certtray.run("check").returncode == 0


def test_folders_are_added_and_removed(certtray: Program, tmp_path: Path) -> None:
    folder = tmp_path / "憑證"
    folder.mkdir()
    party = ending(100)
    (folder / "mine.pem").write_bytes(party.certificate_pem + party.key_pem)
    assert certtray.rows("list") == []
    assert str(folder) in certtray.run("folders", "--add", folder).stdout.splitlines()
    assert len(certtray.rows("list")) == 1
    certtray.rows("folders", "--remove", folder)
    missing = certtray.run("folders", "--add", tmp_path / "none")
    assert missing.returncode == 66


def test_broker_folders_are_found_in_either_case(certtray: Program) -> None:
    home = Path(certtray.environment["HOME"])
    for number, place in enumerate(("ekey/551/A123456789/S", "EKEY/845/F246061918/f"), 1):
        folder = home / place
        folder.mkdir(parents=True)
        party = ending(100, cn=(ALICE, BRUNO)[number - 1], number=number)
        (folder / "any.PEM").write_bytes(party.certificate_pem + party.key_pem)
    assert len([row for row in certtray.rows("list") if row["mine"]]) == 2


def test_what_is_due_is_said_once_and_settled_after_renewal(certtray: Program) -> None:
    party = ending(12)
    (documents(certtray) / "old.pem").write_bytes(party.certificate_pem + party.key_pem)
    first, second = certtray.run("run", "--once"), certtray.run("run", "--once")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "還有 12 天到期" in first.stdout
    assert "A12345****" in first.stdout
    assert second.stdout == ""
    newer = ending(300, number=2)
    (documents(certtray) / "new.pem").write_bytes(newer.certificate_pem + newer.key_pem)
    assert "不再提醒" in certtray.run("run", "--once").stdout
    assert certtray.run("run", "--once").stdout == ""


def test_several_at_once_are_one_digest(certtray: Program) -> None:
    for number, (days, cn) in enumerate(((12, ALICE), (-2, BRUNO)), 1):
        party = ending(days, cn, number)
        (documents(certtray) / f"{number}.pem").write_bytes(party.certificate_pem + party.key_pem)
    lines = certtray.run("run", "--once").stdout.splitlines()
    assert len(lines) == 3
    assert "2" in lines[0]
    assert "已經過期" in lines[1], "most urgent first"


def test_only_one_stays_and_it_ends_on_sigterm(certtray: Program) -> None:
    party = ending(12)
    (documents(certtray) / "old.pem").write_bytes(party.certificate_pem + party.key_pem)
    resident = subprocess.Popen(
        [*certtray.command, "run"], env=certtray.environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert resident.stdout is not None
    try:
        assert "還有 12 天到期" in resident.stdout.readline()
        second = certtray.run("run", "--once")
        assert second.returncode == 75
        assert "已有另一個程式在執行" in second.stderr
        resident.send_signal(signal.SIGTERM)
        assert resident.wait(SECONDS) == 0
    finally:
        resident.kill()
        resident.stdout.close()


def test_the_bare_command_says_how_things_stand(certtray: Program) -> None:
    assert "還沒有找到憑證" in certtray.run().stdout
    openssl_pfx(documents(certtray) / "locked.pfx", ending(100), PASSWORD)
    assert "certtray unlock" in certtray.run().stdout
    party = ending(12, number=2)
    (documents(certtray) / "mine.pem").write_bytes(party.certificate_pem + party.key_pem)
    assert "還有 12 天到期" in certtray.run().stdout


def test_english(certtray: Program) -> None:
    certtray.language = "en"
    assert "No certificate found yet" in certtray.run().stdout
    assert "certtray list" in certtray.run().stdout
    assert "watches your brokers" in certtray.run("--help").stdout.replace("\n", " ")


@pytest.mark.parametrize("words", [["nonsense"], ["scan"], ["list", "--colour"], ["sandbox", "sample"]])
def test_a_command_that_is_none(certtray: Program, words: list[str]) -> None:
    done = certtray.run(*words)
    assert done.returncode == 64
    assert len(done.stderr.splitlines()) == 1
    assert not certtray.home.exists()


def test_settings_that_are_wrong_stop_with_their_place(certtray: Program) -> None:
    certtray.home.mkdir()
    (certtray.home / "settings.toml").write_text('language = "fr"\n')
    done = certtray.run("list")
    assert done.returncode == 78
    assert "settings.toml" in done.stderr
    assert "language" in done.stderr


def test_everything_kept_is_for_the_user_alone(certtray: Program) -> None:
    party = ending(12)
    (documents(certtray) / "old.pem").write_bytes(party.certificate_pem + party.key_pem)
    certtray.run("run", "--once")
    modes = {path.name: path.stat().st_mode & 0o077 for path in [certtray.home, *certtray.home.rglob("*")]}
    assert len(modes) > 1
    assert not any(modes.values()), modes


def test_output_into_a_closed_pipe_is_no_error(certtray: Program) -> None:
    script = '"$@" --help | head -1; echo "${PIPESTATUS[0]}"'
    words = ["bash", "-c", script, "bash", *certtray.command]
    done = subprocess.run(words, env=certtray.environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""
