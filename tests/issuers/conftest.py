"""An RA of its own for each test that needs to spoil it, and a shared one for those that do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.issuers.customer import Customer
from tests.rigs import ReferenceRa, reference_ra


@pytest.fixture(scope="module")
def shared_ra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReferenceRa]:
    with reference_ra(tmp_path_factory.mktemp("ra") / "ra") as ra:
        yield ra


@pytest.fixture
def ra(tmp_path: Path) -> Iterator[ReferenceRa]:
    with reference_ra(tmp_path / "ra") as ra:
        yield ra


@pytest.fixture
def customer(ra: ReferenceRa) -> Iterator[Customer]:
    with Customer(ra) as customer:
        yield customer
