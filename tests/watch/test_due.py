from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from certtray.core.certificate import Certificate
from certtray.core.states import Action
from certtray.crypto.content import FileContent, Holding
from certtray.inventory.db import Inventory
from certtray.inventory.model import Entry, Location, Observation, Stamp
from certtray.rules.profile import AfterExpiry
from certtray.rules.profiles import load_profiles
from certtray.watch.due import Digest, digest, tell
from certtray.watch.status import statuses
from tests.core.samples import make, utc

PROFILES = load_profiles()
OLD = make(serial=1)  # ends 15 March 2026, the window opens 13 February
NEW = make(serial=2, not_before=utc(2026, 3, 2), not_after=utc(2028, 3, 1, 15, 59, 59))
AUTHORITY = make("TWCA User CA", is_ca=True)
FOREIGN = make("someone@example.com", issuer=(("CN", "Another CA"),), ous=())


def entry(certificate: Certificate, has_key: bool = True) -> Entry:
    return Entry(certificate, (Location("pfx", f"/{certificate.serial}.pfx", has_key),))


def merge(inventory: Inventory, *certificates: Certificate) -> None:
    for certificate in certificates:
        content = FileContent("pfx", (Holding(certificate, b"der", True), Holding(AUTHORITY, b"der", False)))
        stamp = Stamp(1, 1, 1, 1)
        inventory.merge([Observation(f"/{certificate.fingerprint}", stamp, certificate.fingerprint, content)])


def summary(said: Digest) -> list[tuple[str, str, int]]:
    return [(notice.certificate.subject_cn, notice.level.name, notice.days_left) for notice in said.notices]


def test_several_are_one_digest_most_urgent_first() -> None:
    phone = make("A123456789-00-MG001", not_after=utc(2026, 3, 5, 15, 59, 59))
    ended = make("F246061918-00", not_after=utc(2026, 2, 1))
    entries = [entry(OLD), entry(phone, has_key=False), entry(AUTHORITY, has_key=False), entry(ended), entry(NEW)]
    said = digest(entries, PROFILES, {}, (), utc(2026, 3, 1, 4))
    assert summary(said) == [
        ("F246061918-00", "expired", -28),
        ("A123456789-00-MG001", "days-7", 4),
        ("A123456789-00-00::PCC005", "days-14", 14),
    ]
    assert [notice.profile.id for notice in said.notices if notice.profile] == ["sinopac"] * 3


def test_the_window_of_the_issuer_counts() -> None:
    before, at = utc(2026, 2, 12, 15, 59), utc(2026, 2, 12, 16)
    assert not digest([entry(OLD)], PROFILES, {}, (), before)
    assert summary(digest([entry(OLD)], PROFILES, {}, (), at)) == [("A123456789-00-00::PCC005", "opens", 30)]
    assert summary(digest([entry(OLD)], [], {}, (), at)) == [("A123456789-00-00::PCC005", "days-30", 30)]


def test_once_each_and_withdrawn_when_renewed(tmp_path: Path) -> None:
    heard: list[Digest] = []
    path = tmp_path / "i"
    with Inventory.open(path) as inventory:
        merge(inventory, OLD)
        tell(inventory, PROFILES, utc(2026, 2, 20), heard.append)
        merge(inventory, NEW)  # begins on 2 March
        assert not tell(inventory, PROFILES, utc(2026, 2, 20, 1), heard.append)
    with Inventory.open(path) as inventory:
        assert not tell(inventory, PROFILES, utc(2026, 2, 21), heard.append)
        assert summary(tell(inventory, PROFILES, utc(2026, 3, 1), heard.append))  # the new one has not begun
        said = tell(inventory, PROFILES, utc(2026, 3, 2), heard.append)
        assert (said.notices, said.withdraw) == ((), (OLD.fingerprint,))
        assert not tell(inventory, PROFILES, utc(2026, 3, 20), heard.append)
    assert len(heard) == 3


def test_what_could_not_be_handed_over_is_said_again(tmp_path: Path) -> None:
    def fails(_: Digest) -> None:
        raise ConnectionError("no notification service")

    heard: list[Digest] = []
    with Inventory.open(tmp_path / "i") as inventory:
        merge(inventory, OLD)
        with pytest.raises(ConnectionError):
            tell(inventory, PROFILES, utc(2026, 3, 1), fails)
        assert inventory.journal.told() == {}
        assert tell(inventory, PROFILES, utc(2026, 3, 1), heard.append)
    assert len(heard) == 1


def test_a_file_that_comes_back_is_not_told_again(tmp_path: Path) -> None:
    heard: list[Digest] = []
    with Inventory.open(tmp_path / "i") as inventory:
        merge(inventory, OLD)
        tell(inventory, PROFILES, utc(2026, 3, 1), heard.append)
        inventory.merge([], [f"/{OLD.fingerprint}"])
        assert tell(inventory, PROFILES, utc(2026, 3, 1, 1), heard.append).withdraw == (OLD.fingerprint,)
        merge(inventory, OLD)
        assert not tell(inventory, PROFILES, utc(2026, 3, 1, 2), heard.append)


def test_statuses_name_the_one_next_step() -> None:
    now = utc(2026, 3, 3)
    found = statuses([entry(OLD), entry(NEW), entry(AUTHORITY, has_key=False), entry(FOREIGN)], PROFILES, now)
    assert [(each.state.name, each.state.action, each.mine) for each in found] == [
        ("superseded", Action.USE_NEWER, True),
        ("valid", Action.NONE, True),
        ("expiring", Action.NONE, False),
        ("expiring", Action.ASK_ISSUER, True),
    ]
    assert found[0].replaced_by == NEW
    assert [each.days_left for each in found] == [12, 729, 12, 12]
    (alone,) = statuses([entry(OLD)], PROFILES, OLD.not_after + timedelta(seconds=1))
    assert (alone.state.name, alone.state.action) == ("expired", Action.APPLY)


@pytest.mark.parametrize("way", AfterExpiry)
def test_every_way_out_after_expiry_is_a_next_step(way: AfterExpiry) -> None:
    assert Action(way.value)
