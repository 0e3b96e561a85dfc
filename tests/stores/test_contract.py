"""What every kind of place owes the inventory: the same promises for folders of files and for browsers' databases."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from certtray.core.secret import Secret
from certtray.core.store import Store
from certtray.crypto.files import read_certificates
from certtray.inventory.db import Inventory
from certtray.inventory.refresh import refresh
from certtray.stores.folders import walk
from certtray.stores.nss import read_store
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


def test_a_store_that_is_only_locked_keeps_what_it_held(tmp_path: Path, inventory: Inventory) -> None:
    places = Databases(tmp_path)
    places.put(places.folders[0], ALICES)
    assert places.scan(inventory)
    before = seen(inventory)
    with closing(sqlite3.connect(places.folders[0] / "cert9.db", isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert places.scan(inventory)
        assert (places.reasons(inventory), seen(inventory)) == (["locked"], before)
    assert places.scan(inventory)
    assert (places.reasons(inventory), seen(inventory)) == ([], before)


def test_files_come_before_stores_among_a_certificate_s_places(tmp_path: Path, inventory: Inventory) -> None:
    for make in (Databases, Files):
        (tmp_path / make.__name__).mkdir()
        places = make(tmp_path / make.__name__)
        places.put(places.folders[0], ALICES)
        places.scan(inventory)
    (alice,) = [entry for entry in inventory.entries() if entry.certificate.subject_cn == ALICE]
    assert [(place.kind, place.store) for place in alice.locations] == [("pfx", ""), ("nss", "Firefox · one")]


def test_what_is_no_certificate_in_a_database_is_left_out(tmp_path: Path, inventory: Inventory) -> None:
    places = Databases(tmp_path)
    places.put(places.folders[0], ALICES)
    with closing(sqlite3.connect(places.folders[0] / "cert9.db", isolation_level=None)) as database:
        database.execute("UPDATE nssPublic SET a11 = x'3003020101' WHERE a11 = ?", (authority().der,))
    assert places.scan(inventory)
    assert seen(inventory).keys() == {ALICES.der, *above().keys()} - {authority().der}
