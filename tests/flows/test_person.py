"""People stop, forget, mistype, and start the same thing twice: nothing is lost, and a new run works (issue 2, point 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from certtray.flows.operations import Operations, Step
from certtray_sandbox.people import PEOPLE
from certtray_sandbox.script import Conversation, Row
from tests.flows.conftest import Make
from tests.flows.world import NEW_PASSWORD, World
from tests.patience import SECONDS
from tests.rigs import ReferenceRa

KEPT = "after replace operation.json 1"
SENT = "after receive PUT /enrollments/*/requests 1"
ISSUED = "after replace operation.json 3"
PROVEN = "after replace operation.json 4"

QUESTIONS = {
    "renew": ["file_password", "national_id"],
    "apply": ["national_id"],
}
BOTH = ["trading_password", "birth_date", "otp_contact", "otp", "terms", "new_file_password"]


def until(talk: Conversation, world: World, key: str) -> Row:
    """Answer as the person does until the question ``key`` stands on the screen."""
    answers: dict[str, Any] = world.answers()
    for row in talk.rows():
        if row["type"] == "question":
            if row["key"] == key:
                return row
            answer = answers[row["key"]]
            talk.answer(row, answer(row) if callable(answer) else answer)
    raise AssertionError(f"{key} was not asked")


def end_of_input(world: World, key: str, *words: str) -> tuple[list[Row], int]:
    talk = world.start(*words)
    try:
        until(talk, world, key)
        assert talk.process.stdin is not None
        talk.process.stdin.close()
        return list(talk.rows()), talk.process.wait(SECONDS)
    finally:
        talk.close()


@pytest.mark.parametrize("action", ["renew", pytest.param("apply", marks=pytest.mark.full)])
def test_stopping_at_any_question_changes_nothing(new_world: Make, action: str) -> None:
    world = new_world(action)
    for key in QUESTIONS[action] + BOTH:
        played = world.play(**{key: {"cancel": True}})
        assert (played.end["code"], played.exit_status, played.questions()[-1]["key"]) == ("cancelled", 75, key)
        rows, status = end_of_input(world, key)
        assert (rows[-1]["code"], status) == ("cancelled", 75)
        assert world.steps() == []
        assert not list((world.program.home / "operations").glob("*/"))
        assert world.target.exists() == (action == "renew")
        assert not world.old_bytes or world.target.read_bytes() == world.old_bytes
    assert not world.new_serials()
    assert world.play().end["step"] == "installed"
    world.assert_whole()


@pytest.mark.parametrize("stage", [KEPT, SENT])
def test_stopping_while_resuming_changes_nothing(new_world: Make, stage: str) -> None:
    world = new_world("renew")
    world.play_killed(stage)
    for key in ("national_id", "trading_password", "pending_password"):
        played = world.play("resume", **{key: {"cancel": True}})
        assert (played.end["code"], played.exit_status) == ("cancelled", 75)
        rows, status = end_of_input(world, key, "resume")
        assert (rows[-1]["code"], status) == ("cancelled", 75)
        assert world.target.read_bytes() == world.old_bytes
    world.recover()
    world.assert_whole()


def test_nothing_to_resume(new_world: Make) -> None:
    played = new_world("renew").play("resume")
    assert (played.end["operations"], played.exit_status) == ([], 0)
    assert played.end["title"] == "沒有未完成的作業"


def test_the_password_is_mistyped_and_remembered(new_world: Make) -> None:
    world = new_world("renew")
    world.play_killed(SENT)
    resumed = world.recover(pending_password=["not-this-one", "nor-this-one", NEW_PASSWORD])
    assert [each.get("error", {}).get("code") for each in resumed.questions("pending_password")] == [
        None,
        "wrong-password",
        "wrong-password",
    ]
    world.assert_whole()


def test_the_password_is_forgotten(new_world: Make) -> None:
    """The key cannot be opened again: the operation is lost, and the way on is said."""
    world = new_world("renew")
    world.play_killed(SENT)
    played = world.play("resume", pending_password={"action": "forgot"})
    assert played.exit_status == 0
    assert played.end["operations"][0]["step"] == "lost"
    (said,) = [row["text"] for row in played.rows if row["type"] == "event" and row["key"] == "lost"]
    assert "註銷" in said
    assert "申請" in said
    assert world.target.read_bytes() == world.old_bytes
    assert world.play("resume").end["operations"] == []
    lost = world.new_serials()
    again = world.play()
    assert again.end["step"] == "installed"
    assert len(world.new_serials() - lost) == 1


@pytest.mark.parametrize("action", ["renew", "apply"])
def test_three_wrong_codes_end_it_and_keep_nothing(new_world: Make, ra: ReferenceRa, action: str) -> None:
    world = new_world(action)
    played = world.play(otp=lambda _: f"{(int(ra.last_code()) + 1) % 1_000_000:06}")
    assert (played.end["code"], played.exit_status) == ("issuer-refused", 77)
    assert [question["tries_left"] for question in played.questions("otp")] == [3, 2, 1]
    assert not list((world.program.home / "operations").glob("*/"))
    assert not world.new_serials()
    assert world.play().end["step"] == "installed"
    world.assert_whole()


def test_another_person_logs_in_to_resume(new_world: Make) -> None:
    """To the issuer the operation is not theirs; its refusal must not end what was issued to the first."""
    world = new_world("renew")
    world.play_killed(SENT)
    other = PEOPLE[1]
    played = world.play("resume", national_id=other.id, trading_password=other.password)
    assert (played.end["code"], played.exit_status) == ("not-this-person", 65)
    assert world.steps() == [Step.SENT]
    world.recover()
    world.assert_whole()


def test_one_that_cannot_go_on_does_not_stop_the_next(new_world: Make) -> None:
    """The profile of the first is gone: the second is installed, and the first is named."""
    world = new_world("renew")
    world.play_killed(PROVEN)
    (mine,) = Operations(world.program.home / "operations").all()
    older = replace(mine, id=str(UUID(int=1)), profile="vanished", created="2000-01-01T00:00:00+00:00")
    Operations(world.program.home / "operations").save(older)
    done = world.program.run("run", "--once")
    assert done.returncode == 0, done.stderr
    played = world.play("resume")
    assert (played.end["code"], played.exit_status) == ("profile-invalid", 78)
    assert "vanished" in played.errors
    assert world.steps() == [Step.PROVEN, Step.INSTALLED]


def test_the_issuer_takes_its_time(new_world: Make, ra: ReferenceRa) -> None:
    """6025: what was sent waits; nothing is sent anew, no code is asked for again."""
    world = new_world("renew")
    ra.hold()
    try:
        for words in ((), ("resume",)):
            played = world.play(*words)
            assert played.exit_status == 0
            assert "waiting.issuing" in played.events()
            assert world.steps() == [Step.SENT]
            assert world.target.read_bytes() == world.old_bytes
    finally:
        ra.release()
    resumed = world.recover()
    assert not resumed.questions("otp")
    world.assert_whole()


def test_two_at_the_same_time(new_world: Make) -> None:
    world = new_world("renew")
    world.play_killed(KEPT)
    first = world.start("resume")
    try:
        question = until(first, world, "trading_password")
        for words in (("resume",), ()):
            second = world.play(*words)
            assert (second.end["code"], second.exit_status) == ("already-running", 75)
            assert not second.questions()
        first.answer(question, world.person.password)
        assert first.play(world.answers()).end["operations"][0]["step"] == "installed"
    finally:
        first.close()
    world.assert_whole()


@pytest.mark.parametrize("held", [False, True])
def test_the_same_wish_twice_at_the_same_time(new_world: Make, ra: ReferenceRa, held: bool) -> None:
    """Both were begun before either had kept anything: one certificate all the same."""
    world = new_world("renew")
    first = world.start()
    try:
        question = until(first, world, "new_file_password")
        if held:
            ra.hold()
        assert world.play().end["step"] == ("sent" if held else "installed")
        first.answer(question, NEW_PASSWORD)
        code = first.play(world.answers()).end["code"]
        assert code == ("already-running" if held else "issuer-refused")
    finally:
        first.close()
        ra.release()
    if held:
        world.recover()
    world.assert_whole()


@pytest.mark.parametrize("damage", ["cut off", "something else", "gone"])
def test_the_issued_certificates_are_damaged(new_world: Make, damage: str) -> None:
    """They are asked for again; no second certificate comes of it."""
    world = new_world("renew")
    world.play_killed(ISSUED)
    (issued,) = (world.program.home / "operations").glob("*/issued.p7")
    if damage == "gone":
        issued.unlink()
    else:
        issued.write_bytes(issued.read_bytes()[:900] if damage == "cut off" else b"hello")
    played = world.play("resume")
    assert played.exit_status in (65, 66)
    assert str(issued) in played.errors.replace("A12345****", world.person.id)
    world.recover()
    world.assert_whole()


def test_the_pending_key_is_gone(new_world: Make) -> None:
    """Somebody tidied up: said so, and the person can give the operation up."""
    world = new_world("renew")
    world.play_killed(ISSUED)
    (key,) = (world.program.home / "operations").glob("*/key-both.p8")
    key.unlink()
    played = world.play("resume")
    assert (played.end["code"], played.exit_status) == ("key-missing", 65)
    assert world.play("resume", pending_password={"action": "forgot"}).end["operations"][0]["step"] == "lost"
    assert world.target.read_bytes() == world.old_bytes


@pytest.mark.parametrize("meanwhile", ["changed", "gone", "open"])
def test_another_program_uses_the_file_in_between(new_world: Make, meanwhile: str) -> None:
    """Whatever stands there when the new file comes is kept."""
    world = new_world("renew")
    world.play_killed(PROVEN)
    reader = world.target.open("rb")
    if meanwhile == "changed":
        world.target.write_bytes(b"another program's")
        world.target.chmod(0o644)
        world.old_bytes = b"another program's"
    if meanwhile == "gone":
        world.target.unlink()
        world.old_bytes = b""
    world.recover()
    world.assert_whole()
    with reader:
        assert meanwhile != "open" or reader.read() == world.old_bytes
