"""Stores beside identities: what counts as drift, what a card excuses, what is left over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from certtray.core.certificate import DN, Certificate
from certtray.core.drift import Cell
from certtray.core.revocation import Standing, Verdict
from certtray.core.store import Store, Unread
from certtray.inventory.matrix import Line, Matrix, matrix
from certtray.inventory.model import Entry, KnownStore, Location
from certtray.rules.profiles import load_profiles
from tests.core.samples import make, utc

NOW = utc(2026, 1, 1)
DAY = timedelta(days=1)
PROFILES = load_profiles()
CA: DN = (("CN", "CA"),)
OLD = make(serial=1, not_before=NOW - 300 * DAY, not_after=NOW + 20 * DAY)
NEW = make(serial=2, not_before=NOW - DAY, not_after=NOW + 360 * DAY)
FXML_CA: DN = (("C", "TW"), ("O", "TAICA"), ("CN", "TWCA Financial User CA"))
FIREFOX, CHROMIUM = (KnownStore(Store("nss", name, "", Path("/", name)), None) for name in ("Firefox", "Chromium"))


def lies(certificate: Certificate, *stores: KnownStore, key: bool = True, file: str = "") -> Entry:
    """A certificate in stores, and in a file of a kind where one is given."""
    places = [Location("nss", str(each.store.folder), key, each.store.label) for each in stores]
    return Entry(certificate, (*([Location(file, "/a", key)] if file else []), *places))


def shown(*entries: Entry, stores: tuple[KnownStore, ...] = (FIREFOX, CHROMIUM)) -> Matrix:
    return matrix(stores, entries, PROFILES, NOW)


def cells(line: Line) -> list[tuple[Cell, bool]]:
    return [(square.cell, square.drifts) for square in line.squares]


def test_what_no_store_ever_had_is_not_missed() -> None:
    (line,) = shown(lies(NEW, file="pfx")).lines
    assert cells(line) == [(Cell.MISSING, False)] * 2
    assert not line.drifts
    found = shown(lies(NEW, file="pfx"), lies(OLD, FIREFOX))
    assert cells(found.lines[0]) == [(Cell.OLDER_VALID, True), (Cell.MISSING, True)]
    assert found.drifting_stores == 2
    assert [(line.target, known, square.cell) for line, known, square in found.drifts()] == [
        (NEW, FIREFOX, Cell.OLDER_VALID),
        (NEW, CHROMIUM, Cell.MISSING),
    ]


def test_what_lies_there_beside_the_one_wanted() -> None:
    revoked = make(serial=3, not_after=NOW + 30 * DAY)
    gone = Entry(revoked, lies(revoked, FIREFOX).locations, Verdict(Standing.REVOKED, "keyCompromise", None, "crl"))
    stranger = make("F246061918-00-00::PCC007", serial=9)
    (line, other) = shown(lies(OLD, FIREFOX), gone, lies(NEW, FIREFOX, CHROMIUM), lies(stranger, CHROMIUM)).lines
    assert line.target == NEW
    assert [set(square.left_over) for square in line.squares] == [{OLD, revoked}, set()]
    assert other.target == stranger


def test_a_store_that_cannot_be_read_is_no_drift() -> None:
    locked = KnownStore(FIREFOX.store, Unread.LOCKED)
    (line,) = shown(lies(OLD, locked), lies(NEW, file="pfx"), stores=(locked, CHROMIUM)).lines
    assert cells(line) == [(Cell.UNREADABLE, False), (Cell.MISSING, True)]


@pytest.mark.parametrize(
    ("on", "in_file", "expected"),
    [
        ("token", "", Cell.VIA_CARD),  # iKey, ezSign: known from the token and from nowhere else
        ("hicos", "", Cell.VIA_CARD),
        ("token", "pfx", Cell.MISSING),  # its key lies here as well, so it can be installed
        ("", "system_store", Cell.MISSING),
    ],
)
def test_fxml_is_on_a_card_where_it_is_known_from_one(on: str, in_file: str, expected: Cell) -> None:
    certificate = make("12345678-00-0001", issuer=FXML_CA, ous=("0060000-Taiwan Cooperative Bank", "FXML"))
    places = tuple(Location(kind, f"/{kind}", True) for kind in (on, in_file) if kind)
    line = shown(Entry(certificate, places)).lines[0]
    assert line.profile is not None
    assert line.profile.id == "tcb-fxml"
    assert [square.cell for square in line.squares] == [expected] * 2
    assert line.key_at_hand == bool(in_file)


def test_what_lies_on_a_card_is_missed_in_no_browser() -> None:
    hicos = KnownStore(Store("hicos", "HiCOS", "", Path("hicos:127.0.0.1:61161")), None)
    card = Location("hicos", str(hicos.store.folder), True, "HiCOS")
    (line,) = shown(Entry(NEW, (card, Location("pfx", "/a", True))), stores=(hicos, FIREFOX)).lines
    assert cells(line) == [(Cell.VIA_CARD, False), (Cell.MISSING, False)]


def test_a_certificate_alone_of_an_issuer_that_knows_cards_only() -> None:
    fine = make("70759028-00-0007", issuer=(("O", "TaICA"), ("CN", "TaiCA Information User CA")), ous=("TWCA FINE",))
    (line,) = shown(lies(fine, file="cer", key=False)).lines
    assert cells(line) == [(Cell.VIA_CARD, False)] * 2
    (line,) = shown(lies(fine, FIREFOX)).lines  # a key in a browser is on no card
    assert [square.cell for square in line.squares] == [Cell.ISSUING_CA_MISSING, Cell.MISSING]


def test_without_stores_there_is_nothing_to_compare() -> None:
    assert shown(lies(NEW, file="pfx"), stores=()) == Matrix()
    assert shown() == Matrix((FIREFOX, CHROMIUM), ())
