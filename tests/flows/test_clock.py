"""A certificate that is not valid yet: the old file stays until it is, and then nobody is asked (DESIGN.md 4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from certtray.flows.operations import Step
from tests.flows.conftest import Make
from tests.flows.later import LATER
from tests.flows.world import World
from tests.rigs import ReferenceRa

AHEAD = LATER - timedelta(seconds=30)
"""The new certificate begins after a test has ended, and before the time of ``tests.flows.later``."""


@pytest.fixture(autouse=True)
def fast_issuer(ra: ReferenceRa) -> Iterator[None]:
    """The issuer's clock is ahead of ours."""
    ra.put_forward(AHEAD)
    yield
    ra.put_forward(-AHEAD)


def renew_too_early(world: World) -> None:
    """Renew; the new certificate has not begun."""
    played = world.play()
    assert played.exit_status == 0
    assert (played.end["step"], played.end["waiting"]) == ("proven", "not_yet_valid")
    assert "waiting.not_yet_valid" in played.events()


def assert_waiting(world: World) -> None:
    assert world.steps() == [Step.PROVEN]
    assert world.target.read_bytes() == world.old_bytes
    assert world.archived() == []


def test_resume_installs_it_without_a_password(new_world: Make) -> None:
    world = new_world("renew")
    renew_too_early(world)
    early = world.play("resume")
    assert early.end["operations"][0]["waiting"] == "not_yet_valid"
    assert_waiting(world)
    world.program.module = "tests.flows.later"
    resumed = world.recover()
    assert not resumed.questions()
    world.assert_whole()


def test_the_resident_process_installs_it(new_world: Make) -> None:
    world = new_world("renew")
    renew_too_early(world)
    done = world.program.run("run", "--once")
    assert done.returncode == 0, done.stderr
    assert_waiting(world)
    world.program.module = "tests.flows.later"
    done = world.program.run("run", "--once")
    assert done.returncode == 0, done.stderr
    world.assert_whole()
    rows = world.program.rows("list")
    new = [row for row in rows if row.get("mine") and row["days_left"] > 700]
    assert [place["path"] for row in new for place in row["locations"]] == [str(world.target)]


def test_the_resident_process_leaves_alone_what_a_person_is_at(new_world: Make) -> None:
    """It asks nothing: what needs a login or a password stays for ``certtray resume``."""
    world = new_world("renew")
    world.play_killed("after receive PUT /enrollments/*/requests 1")
    done = world.program.run("run", "--once")
    assert done.returncode == 0, done.stderr
    assert world.steps() == [Step.SENT]
    assert world.target.read_bytes() == world.old_bytes
