"""One RA for a module: each test has a home of its own, and counts only what was issued since it began."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.world import World
from tests.rigs import ReferenceRa, reference_ra

Make = Callable[[str], World]
"""Makes a home in which someone wants to ``apply`` or to ``renew``."""


@pytest.fixture(scope="module")
def ra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReferenceRa]:
    """The reference RA in a process of its own."""
    with reference_ra(tmp_path_factory.mktemp("ra") / "ra") as ra:
        yield ra


@pytest.fixture
def new_world(ra: ReferenceRa, tmp_path: Path) -> Make:
    """As many homes as a test needs."""
    made: list[World] = []

    def make(action: str) -> World:
        made.append(World(tmp_path / f"{len(made)}", ra, action))
        return made[-1]

    return make
