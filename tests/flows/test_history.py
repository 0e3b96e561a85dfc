"""History through the public faces: written by what changes something, verified, exported, nothing personal in it."""

from __future__ import annotations

import json
import sys

from certtray.flows.operations import Step
from tests.faces import Program, TerminalScreen
from tests.flows.conftest import Make
from tests.flows.files import NEW, OLD, broker_place, history, play
from tests.flows.sinopac import Broker
from tests.flows.test_kill import kill
from tests.flows.test_secrets import forms
from tests.inventory.test_history import VERIFY
from tests.makers import holder, openssl_pfx, run_tool


def test_renewal_password_and_backup_are_set_down(broker: Broker) -> None:
    program, path = broker.program, broker.give_certificate(12)
    assert play(program, "renew", path, answers=broker.answers()).end["step"] == "installed"
    third = "third-pass-9753"
    changed = {"file_password": NEW, "change_password_of": True, "changed_file_password": third}
    play(program, "password", path, answers=changed)
    answers = {"file_password": third, "backup_same_disk": True, "backup_password": "backup-pass-8642"}
    stick = program.folder / "stick"
    stick.mkdir()
    play(program, "backup", path, answers={**answers, "backup_place": str(stick)})
    assert history(program) == ["renew", "password", "backup"]
    shown = play(program, "history", answers={}).end
    assert (shown["done"], shown["intact"], shown["broken_at"]) == ("history", True, None)
    assert [row[2] for row in shown["table"]["rows"]] == ["憑證備份", "憑證檔密碼變更", "憑證更新完成"]
    known = {row["fingerprint_sha256"] for row in program.rows("list") if row.get("mine")}
    assert {mark for line in shown["lines"] for mark in line["fingerprints"]} <= known
    planted = [
        broker.person.id,
        broker.person.password,
        OLD,
        NEW,
        third,
        "backup-pass-8642",
        "Sinopac",
        broker.ra.last_code(),
    ]
    kept = (program.home / "history.jsonl").read_bytes() + (program.home / "history.head").read_bytes()
    assert all(form not in kept for secret in planted for form in forms(secret))


def test_a_lost_operation_is_set_down(new_world: Make) -> None:
    world = new_world("renew")
    kill(world, "after replace operation.json 3")
    assert world.play("resume", pending_password={"action": "forgot"}).exit_status == 0
    assert world.steps() == [Step.LOST]
    assert history(world.program) == ["lost"]


def test_exported_and_verified_by_ten_lines(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    answers = {"file_password": OLD, "change_password_of": True, "changed_file_password": NEW}
    play(certtray, "password", path, answers=answers)
    target = certtray.folder / "out.jsonl"
    played = play(certtray, "history-export", answers={"history_place": str(target)})
    assert (played.end["done"], played.end["intact"]) == ("history_exported", True)
    run_tool(sys.executable, "-c", VERIFY, target)
    assert json.loads(target.read_text("ascii").splitlines()[0])["what"] == "password"


def test_a_changed_line_is_said(certtray: Program, terminal: TerminalScreen) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    answers = {"file_password": OLD, "change_password_of": True, "changed_file_password": NEW}
    play(certtray, "password", path, answers=answers)
    file = certtray.home / "history.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"password"', b'"backup"'))
    shown = play(certtray, "history", answers={}).end
    assert (shown["done"], shown["intact"], shown["broken_at"]) == ("history_broken", False, 1)
    screen = terminal.start("history")
    screen.expect("紀錄被改過或少了")
    screen.expect("從第 1 筆起")
    screen.wait()
    exported = play(certtray, "history-export", answers={"history_place": str(certtray.folder / "x.jsonl")})
    assert "history_broken" in exported.events()
    assert not exported.end["intact"]


def test_nothing_yet(certtray: Program) -> None:
    assert play(certtray, "history", answers={}).end["done"] == "history_empty"


def test_a_history_that_cannot_be_written_stops_nothing(certtray: Program) -> None:
    path = openssl_pfx(broker_place(certtray), holder(), OLD)
    certtray.home.mkdir(exist_ok=True)
    (certtray.home / "history.jsonl").mkdir()
    answers = {"file_password": OLD, "change_password_of": True, "changed_file_password": NEW}
    played = play(certtray, "password", path, answers=answers)
    assert played.end["done"] == "password_changed"
    assert "history_not_written" in played.events()
