"""A bad network and a failing RA at each call of a procedure (issue 2, point 7)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from certtray.flows.operations import Step
from tests.flows.conftest import Make
from tests.flows.middleman import FAULTS, Middleman, middleman
from tests.flows.world import NEW_PASSWORD, World
from tests.rigs import ReferenceRa

CALLS = (
    "POST /sessions",
    "POST /identity",
    "GET /terms",
    "PUT /enrollments/[^/]+",
    "GET /contacts",
    "POST /enrollments/[^/]+/otp",
    "POST /enrollments/[^/]+/otp/verify",
    "PUT /enrollments/[^/]+/requests",
    "POST /enrollments/[^/]+/installed",
)
SUBMIT, INSTALLED = CALLS[-2:]


@pytest.fixture(scope="module")
def between(ra: ReferenceRa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Middleman]:
    with middleman(ra, tmp_path_factory.mktemp("between")) as between:
        yield between


@pytest.fixture
def make(new_world: Make, between: Middleman) -> Iterator[Make]:
    """Make worlds that reach the RA through the middleman, and do not wait long for an answer."""

    def make(action: str) -> World:
        world = new_world(action)
        world.program.module = "tests.flows.hasty"
        world.connect(between.url, between.root)
        return world

    between.spoiled.clear()
    yield make
    between.heal()


WORST = ("cut after", "half an answer", "500")
"""What leaves open whether the request arrived."""


def cases() -> Iterator[object]:
    """Every other call with one fault after the other, and the one that issues with the worst; everything in the long run."""
    for number, call in enumerate(CALLS):
        for fault in FAULTS:
            for action in ("renew", "apply"):
                short = action == "renew" and (
                    (number % 2 == 0 and fault == FAULTS[number % len(FAULTS)]) or (call == SUBMIT and fault in WORST)
                )
                name = f"{action}-{call.replace('[^/]+', 'x')}-{fault}".replace("/", "")
                yield pytest.param(action, call, fault, marks=() if short else pytest.mark.full, id=name)


@pytest.mark.parametrize(("action", "call", "fault"), list(cases()))
def test_trouble_that_stays(make: Make, between: Middleman, action: str, call: str, fault: str) -> None:
    world = make(action)
    between.spoil(call, fault)
    played = world.play()
    assert between.spoiled
    if call == INSTALLED:  # said out of courtesy: the file is in place already
        assert played.end["step"] == "installed"
    else:
        assert played.end["type"] == "error"
        assert played.exit_status in (69, 76, 77)
        assert len(played.errors.splitlines()) == 1
        assert world.target.exists() == (action == "renew")
        assert not world.old_bytes or world.target.read_bytes() == world.old_bytes
    between.heal()
    world.program.module = "certtray"
    world.recover()
    world.assert_whole()


@pytest.mark.parametrize(
    "fault",
    [*WORST, *(pytest.param(each, marks=pytest.mark.full) for each in FAULTS if each not in (*WORST, "garbage"))],
)
def test_passing_trouble_is_not_even_noticed(make: Make, between: Middleman, fault: str) -> None:
    world = make("renew")
    between.spoil(SUBMIT, fault, times=1)
    assert world.play().end["step"] == "installed"
    assert len(between.spoiled) == 1
    world.assert_whole()


def test_the_ra_dies_with_the_answer_on_its_lips(make: Make, between: Middleman, ra: ReferenceRa) -> None:
    world = make("renew")
    between.spoil(SUBMIT, "cut after")
    assert world.play().end["code"] == "issuer-unreachable"
    assert len(world.new_serials()) == 1
    ra.restart(kill=True)
    between.heal()
    world.recover()
    world.assert_whole()


def test_the_ra_is_away_when_the_request_is_sent(make: Make, ra: ReferenceRa) -> None:
    world = make("apply")

    def password(_question: object) -> str:
        ra.stop(kill=True)
        return NEW_PASSWORD

    try:
        played = world.play(new_file_password=password)
        assert played.end["code"] == "issuer-unreachable"
        assert world.play("resume").end["code"] == "issuer-unreachable"
    finally:
        ra.start()
    assert world.recover().end["operations"][0]["step"] == "installed"
    world.assert_whole()


def test_certificates_for_another_key_are_asked_for_again(make: Make, between: Middleman) -> None:
    """What was kept of a wrong answer must not stand in the way of the right one."""
    other = make("apply")
    other.play()
    (issued,) = (other.program.home / "operations").glob("*/issued.p7")
    world = make("renew")
    body = {"state": "issued", "certificates": base64.b64encode(issued.read_bytes()).decode()}
    between.answer = json.dumps(body).encode()
    between.spoil(SUBMIT, "answer")
    played = world.play()
    assert (played.end["code"], played.exit_status) == ("issuer-answer-invalid", 76)
    assert world.target.read_bytes() == world.old_bytes
    assert world.steps() == [Step.SENT]
    between.heal()
    world.recover()
    world.assert_whole()


def test_the_session_ends_while_the_person_reads(make: Make) -> None:
    world = make("renew")

    def read_slowly(_question: object) -> str:
        world.query("DELETE FROM sessions")
        return NEW_PASSWORD

    played = world.play(new_file_password=read_slowly)
    assert played.end["step"] == "installed"
    assert len(played.questions("trading_password")) == 2
    assert len(played.questions("otp")) == 1
    world.assert_whole()


def test_a_server_that_is_not_the_issuer_learns_nothing(new_world: Make, between: Middleman, ra: ReferenceRa) -> None:
    world = new_world("apply")
    world.connect(between.url, ra.tls_root)
    seen = len(between.seen)
    played = world.play()
    assert (played.end["code"], played.exit_status) == ("issuer-not-trusted", 76)
    assert len(between.seen) == seen
    world.connect(ra.url, Path(ra.tls_root))
    world.recover()
    world.assert_whole()
