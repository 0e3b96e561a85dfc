"""A broker for each test, or one RA for a module whose tests count only what was issued since they began."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faces import Program
from tests.flows.sinopac import Broker, connected_broker
from tests.flows.world import World
from tests.rigs import ReferenceRa, reference_ra

Make = Callable[[str], World]
"""Makes a home in which someone wants to ``apply`` or to ``renew``."""


@pytest.fixture
def broker(certtray: Program) -> Iterator[Broker]:
    """System 0, connected to the reference RA."""
    with connected_broker(certtray) as running:
        yield running


@pytest.fixture(scope="module")
def ra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReferenceRa]:
    """The reference RA in a process of its own."""
    with reference_ra(tmp_path_factory.mktemp("ra") / "ra") as ra:
        yield ra


@pytest.fixture
def own_ra(tmp_path: Path) -> Iterator[ReferenceRa]:
    """One whose register only this test has written to."""
    with reference_ra(tmp_path / "ra") as ra:
        yield ra


@pytest.fixture
def new_world(ra: ReferenceRa, tmp_path: Path) -> Make:
    """As many homes as a test needs."""
    made: list[World] = []

    def make(action: str) -> World:
        made.append(World(tmp_path / f"{len(made)}", ra, action))
        return made[-1]

    return make
