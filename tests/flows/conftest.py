"""A broker for every flow test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faces import Program
from tests.flows.sinopac import Broker, connected_broker


@pytest.fixture
def broker(certtray: Program) -> Iterator[Broker]:
    """System 0, connected to the reference RA."""
    with connected_broker(certtray) as running:
        yield running
