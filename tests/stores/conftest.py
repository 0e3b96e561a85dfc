"""A database with one holder, for every test a copy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from certtray.core.store import Store
from certtray.stores.base import Protection
from certtray.stores.nss_write import NssAdapter
from tests.stores.kinds import parcel
from tests.stores.nss_rig import ALICES


@pytest.fixture(scope="module")
def nss_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one holder, made once."""
    folder = tmp_path_factory.mktemp("nss") / "made"
    NssAdapter().put(Store("nss", "Chromium", "", folder), parcel(ALICES), None, Protection())
    return folder


@pytest.fixture
def nss_store(nss_made: Path, tmp_path: Path) -> Store:
    return Store("nss", "Chromium", "", Path(shutil.copytree(nss_made, tmp_path / "a b%23?#憑證")))
