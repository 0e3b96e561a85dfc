"""What every store that can be written to promises (``stores.base``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.errors import CertificateGone, KeyMissing, StorePasswordNeeded, StorePasswordWrong
from certtray.core.secret import Secret
from certtray.core.store import Store
from certtray.crypto.keys import load_pkcs8, signs_for
from certtray.stores.base import Adapter, Protection
from tests.makers import ALICE, BRUNO, Party, authority, holder, issue, name, spare_key
from tests.stores.foreign import FOREIGN
from tests.stores.kinds import KINDS, PRIMARY, Kind, elliptic, fingerprint, parcel

PLAIN = Protection()
ALICES, BRUNOS = holder(ALICE), holder(BRUNO, key=spare_key(2), serial=7)
ABOVE = {each.public_bytes(Encoding.DER): False for each in (authority().certificate, *authority().chain)}


@pytest.fixture(params=[*KINDS, *FOREIGN], ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def store(kind: Kind, tmp_path: Path) -> Store:
    return kind.make(tmp_path)


@pytest.fixture
def adapter(kind: Kind, store: Store) -> Iterator[Adapter]:
    with kind.opened(store) as adapter:
        yield adapter


def held(adapter: Adapter, store: Store) -> dict[bytes, bool]:
    """DER, and whether the key is there."""
    reading = adapter.read(store)
    assert reading.reason is None
    return {each.der: each.has_key for each in reading.held}


def test_what_is_put_is_there_with_key_and_authorities_and_comes_out_again(adapter: Adapter, store: Store) -> None:
    adapter.put(store, parcel(ALICES), None, PLAIN)
    assert held(adapter, store) == ABOVE | {ALICES.der: True}
    assert adapter.take(store, fingerprint(ALICES), None) == parcel(ALICES)
    assert not adapter.state(store).asks_password


def test_putting_twice_changes_nothing(adapter: Adapter, store: Store, kind: Kind) -> None:
    adapter.put(store, parcel(ALICES), None, PLAIN)
    before = adapter.read(store)
    adapter.put(store, parcel(ALICES), None, PLAIN)
    assert adapter.read(store) == before


def test_an_elliptic_key_goes_in_and_out(adapter: Adapter, store: Store) -> None:
    party = elliptic("測試者-憑證", authority())
    adapter.put(store, parcel(party), None, PLAIN)
    assert held(adapter, store) == ABOVE | {party.der: True}
    taken = adapter.take(store, fingerprint(party), None)
    assert signs_for(load_pkcs8(taken.pkcs8()), party.der)
    adapter.remove(store, fingerprint(party), None)
    assert held(adapter, store) == ABOVE


def test_old_and_new_of_one_name_are_told_apart(adapter: Adapter, store: Store) -> None:
    old, new = holder(ALICE, serial=8), holder(ALICE, serial=9, key=spare_key(5))
    for party in (old, new):
        adapter.put(store, parcel(party), None, PLAIN)
    assert adapter.take(store, fingerprint(old), None) == parcel(old)
    assert adapter.take(store, fingerprint(new), None) == parcel(new)
    adapter.remove(store, fingerprint(old), None)
    assert held(adapter, store) == ABOVE | {new.der: True}
    assert adapter.take(store, fingerprint(new), None) == parcel(new)


def test_a_key_two_certificates_share_stays_until_the_last_is_removed(adapter: Adapter, store: Store) -> None:
    old, renewed = holder(ALICE, serial=8), holder(ALICE, serial=9)
    for party in (old, renewed):
        adapter.put(store, parcel(party), None, PLAIN)
    adapter.remove(store, fingerprint(renewed), None)
    assert held(adapter, store) == ABOVE | {old.der: True}
    assert adapter.take(store, fingerprint(old), None) == parcel(old)
    adapter.remove(store, fingerprint(old), None)
    assert held(adapter, store) == ABOVE
    adapter.put(store, replace(parcel(old), certificate=renewed.der), None, PLAIN)
    assert held(adapter, store) == ABOVE | {renewed.der: True}


def test_a_pair_for_signing_and_encryption(adapter: Adapter, store: Store) -> None:
    sign, encrypt = holder(ALICE, use="sign"), holder(ALICE, use="encrypt", serial=9, key=spare_key(6))
    for party in (sign, encrypt):
        adapter.put(store, parcel(party), None, PLAIN)
    assert held(adapter, store) == ABOVE | {sign.der: True, encrypt.der: True}
    assert adapter.take(store, fingerprint(encrypt), None) == parcel(encrypt)


def test_two_people_of_one_common_name(adapter: Adapter, store: Store, kind: Kind) -> None:
    here, there = (
        issue(name("王小明 測試", unit), issuer=authority(), key=spare_key(10 + number), serial=20 + number)
        for number, unit in enumerate(("RA-SinoPac", "RA-Capital"))
    )
    for party in (here, there):
        adapter.put(store, parcel(party), None, PLAIN)
    names = {each.der: each.nickname for each in adapter.read(store).held}
    assert names[here.der] != names[there.der] or not kind.nicknames
    adapter.remove(store, fingerprint(here), None)
    assert held(adapter, store) == ABOVE | {there.der: True}


def test_an_expired_certificate_and_one_without_authorities(adapter: Adapter, store: Store) -> None:
    now = datetime.now(UTC)
    past = holder(ALICE, not_before=now - timedelta(days=400), not_after=now - timedelta(days=35))
    alone = Party(BRUNOS.key, BRUNOS.certificate)
    for party in (past, alone):
        adapter.put(store, parcel(party), None, PLAIN)
    assert held(adapter, store) == ABOVE | {past.der: True, alone.der: True}
    assert adapter.take(store, fingerprint(alone), None) == parcel(BRUNOS)


def test_what_is_not_there_is_gone(adapter: Adapter, store: Store) -> None:
    with pytest.raises(CertificateGone):
        adapter.take(store, fingerprint(ALICES), None)
    adapter.put(store, parcel(BRUNOS), None, PLAIN)
    with pytest.raises(CertificateGone):
        adapter.remove(store, fingerprint(ALICES), None)
    with pytest.raises(CertificateGone):
        adapter.take(store, fingerprint(ALICES), None)


def test_a_certificate_without_a_key_cannot_be_taken_but_removed(adapter: Adapter, store: Store) -> None:
    adapter.put(store, parcel(ALICES), None, PLAIN)
    issuing = authority()
    with pytest.raises(KeyMissing):
        adapter.take(store, fingerprint(issuing), None)
    adapter.remove(store, fingerprint(issuing), None)
    assert issuing.der not in held(adapter, store)
    adapter.put(store, parcel(ALICES), None, PLAIN)
    assert held(adapter, store) == ABOVE | {ALICES.der: True}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.set_password], ids=lambda kind: kind.name)
def test_a_store_with_a_password_of_its_own(kind: Kind, tmp_path: Path) -> None:
    store = kind.make(tmp_path)
    adapter = kind.adapter(store)
    assert kind.set_password
    kind.set_password(store, PRIMARY)
    assert adapter.state(store).asks_password
    before = kind.beside(store)
    with pytest.raises(StorePasswordNeeded):
        adapter.put(store, parcel(ALICES), None, PLAIN)
    with pytest.raises(StorePasswordWrong):
        adapter.put(store, parcel(ALICES), Secret("not " + PRIMARY), PLAIN)
    assert kind.beside(store) == before
    adapter.put(store, parcel(ALICES), Secret(PRIMARY), PLAIN)
    assert held(adapter, store) == ABOVE | {ALICES.der: True}
    for act in (adapter.take, adapter.remove):
        with pytest.raises(StorePasswordNeeded):
            act(store, fingerprint(ALICES), None)
        with pytest.raises(StorePasswordWrong):
            act(store, fingerprint(ALICES), Secret(PRIMARY + " "))
    assert adapter.take(store, fingerprint(ALICES), Secret(PRIMARY)) == parcel(ALICES)
    adapter.remove(store, fingerprint(ALICES), Secret(PRIMARY))
    assert held(adapter, store) == ABOVE
