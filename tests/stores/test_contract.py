"""What every kind of place owes the inventory: the same promises for folders of files and for browsers' databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from certtray.core.secret import Secret
from certtray.crypto.files import read_certificates
from certtray.inventory.db import Inventory
from certtray.inventory.refresh import refresh
from certtray.stores.folders import walk
from certtray.stores.nss import Store, read_store
from tests.makers import ALICE, BRUNO, Party, authority, holder, nss_database, openssl_pfx, spare_key

ALICES, BRUNOS = holder(ALICE), holder(BRUNO, key=spare_key(2), serial=7)
PASSWORD = "contract-1"


class Place(Protocol):
    """Two places of one kind, and the scan of them."""

    folders: tuple[Path, Path]

    def put(self, folder: Path, party: Party) -> None: ...

    def damage(self, folder: Path) -> None: ...

    def scan(self, inventory: Inventory) -> bool: ...

    def reasons(self, inventory: Inventory) -> list[str]: ...


class Files:
    """A PFX in a folder."""

    def __init__(self, root: Path) -> None:
        self.folders = root / "one", root / "two"
        for folder in self.folders:
            folder.mkdir()

    def put(self, folder: Path, party: Party) -> None:
        openssl_pfx(folder / f"{party.certificate.serial_number}.pfx", party, PASSWORD, chain=True)

    def damage(self, folder: Path) -> None:
        for path in folder.iterdir():
            path.write_bytes(path.read_bytes()[:500])

    def scan(self, inventory: Inventory) -> bool:
        later = datetime.now(UTC) + timedelta(minutes=1)
        walked = walk([folder for folder in self.folders if folder.exists()], _refuse)
        return refresh(inventory, walked, read_certificates, later, [Secret(PASSWORD)]).read > 0

    def reasons(self, inventory: Inventory) -> list[str]:
        return [bad.problem.code for bad in inventory.bad_files()]


class Databases:
    """An NSS database in a folder."""

    def __init__(self, root: Path) -> None:
        self.folders = root / "one", root / "two"

    def put(self, folder: Path, party: Party) -> None:
        nss_database(folder, [party])

    def damage(self, folder: Path) -> None:
        (folder / "cert9.db").write_bytes((folder / "cert9.db").read_bytes()[:500])

    def scan(self, inventory: Inventory) -> bool:
        stores = [Store("nss", "Firefox", folder.name, folder) for folder in self.folders if folder.exists()]
        return inventory.stores.merge([(store, read_store(store)) for store in stores])

    def reasons(self, inventory: Inventory) -> list[str]:
        return [known.reason.value for known in inventory.stores.all() if known.reason]


def _refuse(path: str, error: OSError) -> None:
    raise AssertionError(path) from error


@pytest.fixture(params=[Files, Databases])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    made: Place = request.param(tmp_path)
    made.put(made.folders[0], ALICES)
    made.put(made.folders[1], BRUNOS)
    return made


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    with Inventory.open(tmp_path / "state" / "inventory.sqlite") as inventory:
        yield inventory


def seen(inventory: Inventory) -> dict[bytes | None, set[bool]]:
    """Every certificate and whether its key lies beside it, in each of its places."""
    return {
        inventory.der(entry.certificate.fingerprint): {place.has_key for place in entry.locations}
        for entry in inventory.entries()
    }


def above() -> dict[bytes | None, set[bool]]:
    issuing = authority()
    return {issuing.der: {False}, Party(issuing.key, issuing.chain[0]).der: {False}}


def test_everything_is_seen_with_its_key_and_place(place: Place, inventory: Inventory) -> None:
    assert place.scan(inventory)
    assert seen(inventory) == above() | {ALICES.der: {True}, BRUNOS.der: {True}}
    (alice,) = [entry for entry in inventory.entries() if entry.certificate.subject_cn == ALICE]
    assert [Path(location.path).is_relative_to(place.folders[0]) for location in alice.locations] == [True]


def test_a_second_scan_finds_nothing_new_and_nothing_is_written(place: Place, inventory: Inventory) -> None:
    def bytes_of() -> dict[Path, bytes]:
        return {path: path.read_bytes() for folder in place.folders for path in folder.iterdir()}

    before = bytes_of()
    assert place.scan(inventory)
    assert not place.scan(inventory)
    assert bytes_of() == before
    assert seen(inventory) == above() | {ALICES.der: {True}, BRUNOS.der: {True}}


def test_what_is_added_is_seen(place: Place, inventory: Inventory) -> None:
    place.scan(inventory)
    renewed = holder(ALICE, key=spare_key(3), serial=99)
    place.put(place.folders[0], renewed)
    assert place.scan(inventory)
    assert seen(inventory)[renewed.der] == {True}


def test_a_damaged_one_is_told_and_stops_no_other(place: Place, inventory: Inventory) -> None:
    place.scan(inventory)
    place.damage(place.folders[0])
    assert place.scan(inventory)
    assert place.reasons(inventory) == ["damaged"]
    assert seen(inventory) == above() | {BRUNOS.der: {True}}


def test_a_place_that_is_gone_is_forgotten(place: Place, inventory: Inventory) -> None:
    place.scan(inventory)
    shutil.rmtree(place.folders[0])
    place.scan(inventory)
    assert seen(inventory) == above() | {BRUNOS.der: {True}}
    assert place.reasons(inventory) == []
