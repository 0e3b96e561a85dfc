"""Somebody with certificates, and a site that asks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from certtray_sandbox.home import open_sandbox
from certtray_sandbox.visits import RunningSite
from tests.browsers.person import Person
from tests.faces import Dialogue


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSite, Path]]:
    """The site, and the folder of the issuers whose certificates it accepts."""
    home = tmp_path_factory.mktemp("site")
    open_sandbox(home / "sandbox")
    with RunningSite({**os.environ, "CERTTRAY_HOME": str(home), "HOME": str(home)}) as running:
        yield running, home / "sandbox"


@pytest.fixture
def person(dialogue: Dialogue, site: tuple[RunningSite, Path]) -> Person:
    """Somebody with an empty home."""
    return Person(dialogue, *site)
