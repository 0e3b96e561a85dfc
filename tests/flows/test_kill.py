"""SIGKILL wherever the program touches the world: nothing is lost, nothing is issued twice (issue 2, point 7)."""

from __future__ import annotations

import pytest

from tests.flows.conftest import Make
from tests.flows.world import KILLED, World

STAGES = (
    "after replace key-both.p8 1",  # nothing could have been sent yet
    "after replace operation.json 1",  # kept
    "before send PUT /enrollments/*/requests 2",  # sent, says the journal; the RA knows nothing
    "after receive PUT /enrollments/*/requests 1",  # issued, and only the RA knows
    "after replace operation.json 3",  # issued
    "after replace operation.json 4",  # proven
    "after replace Sinopac.pfx 2",  # in place, not yet said so
    "after unlink new.pfx 1",  # tidying
)


def shares(sample: slice | None, parts: int) -> list[object]:
    """A ``sample`` of the points for each run, if any; all of them, in so many equal parts, for the exhaustive one."""
    full = [pytest.param(slice(part, None, parts), marks=pytest.mark.full, id=f"{part}") for part in range(parts)]
    return [*([pytest.param(sample, id="sample")] if sample else []), *full]


def kill(world: World, point: str, *words: str) -> None:
    played, passed = world.play_killed(point, *words)
    assert (played.exit_status, passed[-1:]) == (KILLED, [point]), (played.end, played.errors)


@pytest.mark.parametrize("share", shares(slice(7, None, 90), parts=4))
@pytest.mark.parametrize("action", ["renew", "apply"])
def test_killed_anywhere(new_world: Make, action: str, share: slice) -> None:
    played, points = new_world(action).play_killed("nowhere")
    assert played.end["step"] == "installed"
    assert len(points) > 150
    for point in points[share]:
        world = new_world(action)
        kill(world, point)
        world.assert_private()
        world.recover()
        world.assert_whole()


@pytest.mark.parametrize("share", shares(None, parts=8))
def test_killed_again_while_resuming(new_world: Make, share: slice) -> None:
    pairs: list[tuple[str, str]] = []
    for stage in STAGES:
        world = new_world("renew")
        kill(world, stage)
        pairs += [(stage, point) for point in world.play_killed("nowhere", "resume")[1]]
    for stage, point in pairs[share]:
        world = new_world("renew")
        kill(world, stage)
        kill(world, point, "resume")
        world.recover()
        world.assert_whole()


def test_killed_three_times_in_the_same_place(new_world: Make) -> None:
    world = new_world("renew")
    kill(world, "after receive PUT /enrollments/*/requests 1")
    for _ in range(2):
        kill(world, "after receive PUT /enrollments/*/requests 1", "resume")
    kill(world, "before replace Sinopac.pfx 2", "resume")
    world.recover()
    world.assert_whole()


@pytest.mark.parametrize("action", ["renew", "apply"])
def test_everything_is_on_the_disk_before_it_is_relied_on(new_world: Make, action: str) -> None:
    """SIGKILL cannot show a missing fsync, which a power cut would; the order of the points does."""
    _, points = new_world(action).play_killed("nowhere")
    kept = ["key-both.p8", "request-both.p10", *(["proof-0.cms"] if action == "renew" else [])]
    steps = ["operation.json"] * 2
    written = [*kept, *steps, "issued.p7", "operation.json", "new.pfx", "operation.json"]
    written += ["Sinopac.pfx"] * (2 if action == "renew" else 1) + [
        "history.head",
        *["operation.json"] * 2,
    ]  # the last one: the issuer knows
    replaced = [point for point in points if point.startswith("after replace")]
    assert [point.split()[2] for point in replaced] == written
    for point in replaced:
        at, (name, number) = points.index(point), point.split()[2:]
        before = points[:at]
        assert f"after fsync temporary {name} {number}" in before, point
        assert points[at + 1].startswith("before fsync "), point  # the folder, and nothing in between
    sent = points.index("before send PUT /enrollments/*/requests 1")
    assert [point.split()[2] for point in points[:sent] if point in replaced] == [*kept, *steps]


@pytest.mark.parametrize("action", ["renew", pytest.param("apply", marks=pytest.mark.full)])
def test_the_same_wish_again_carries_the_first_on(new_world: Make, action: str) -> None:
    """Nobody need know ``certtray resume``: a second wish must not have a second certificate issued."""
    for stage in STAGES[1:-1]:
        world = new_world(action)
        kill(world, stage.replace("Sinopac.pfx 2", "Sinopac.pfx 1") if action == "apply" else stage)
        again = world.play()
        assert again.end["step"] == "installed"
        assert not again.questions("otp")
        world.assert_whole()
