"""CurrentUser\\My as documented: what the contract of test_writing leaves to Windows itself."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.errors import (
    CertTrayError,
    KeyMissing,
    KeyNotExportable,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreNoAccess,
    StoreRefused,
)
from certtray.core.store import Unread
from certtray.crypto.keys import pkcs8
from certtray.stores import windows_api as api
from certtray.stores.base import Protection
from certtray.stores.windows_native import Crypt32
from certtray.text import Text
from tests.makers import ALICE, BRUNO, authority, holder, issue, name, spare_key
from tests.stores.fake_windows import CARD, OLD_SOFTWARE, SOFTWARE, Key, Windows
from tests.stores.foreign import WINDOWS_STORE, windows
from tests.stores.kinds import fingerprint, parcel

PLAIN = Protection()
ALICES, BRUNOS = holder(ALICE), holder(BRUNO, key=spare_key(2), serial=7)
ISSUING = authority()
ROOT = ISSUING.chain[0].public_bytes(Encoding.DER)


def keyed(made: Windows) -> set[str]:
    """Providers that hold a key."""
    return {provider for provider, _ in made.keys}


def test_structures_are_as_windows_has_them_on_64_bits() -> None:
    """Sizes and offsets of Microsoft's own headers; on Windows itself the same test would hold."""
    context, blob, provider = api.CertContext, api.Blob, api.KeyProviderInfo
    assert [ctypes.sizeof(each) for each in (context, blob, provider)] == [40, 16, 48]
    assert (context.encoded.offset, context.size.offset) == (8, 16)
    assert blob.data.offset == 8
    assert (provider.kind.offset, provider.parameters.offset, provider.key_spec.offset) == (16, 32, 40)


def test_nothing_of_windows_is_loaded_elsewhere() -> None:
    with pytest.raises(OSError, match="crypt32"):
        Crypt32()


def test_the_state_of_keys_is_told() -> None:
    with windows() as (made, adapter):
        made.give("My", ALICES.der, Key(pkcs8(ALICES.key)))
        made.give("My", BRUNOS.der, name="a container that is gone", provider=OLD_SOFTWARE)
        on_card = holder(ALICE, serial=9, key=spare_key(4))
        made.give("My", on_card.der, name="slot 1", provider=CARD)
        without = holder(BRUNO, serial=10, key=spare_key(5))
        made.give("My", without.der)
        keys = {each.der: (each.has_key, each.nickname) for each in adapter.read(WINDOWS_STORE).held}
        assert keys == {
            ALICES.der: (True, "友善的名稱"),
            BRUNOS.der: (False, "友善的名稱"),
            on_card.der: (True, "友善的名稱"),
            without.der: (False, "友善的名稱"),
        }
        with pytest.raises(KeyMissing):
            adapter.take(WINDOWS_STORE, fingerprint(BRUNOS), None)


def test_of_the_roots_only_those_above_what_is_held_are_listed() -> None:
    with windows() as (made, adapter):
        made.give("My", ALICES.der, Key(pkcs8(ALICES.key)))
        made.give("CA", ISSUING.der)
        made.give("Root", ROOT)
        made.give("Root", issue(name("Somebody Else's Root CA"), use="ca", key=spare_key(4)).der)
        assert {each.der for each in adapter.read(WINDOWS_STORE).held} == {ALICES.der, ISSUING.der, ROOT}


def test_a_root_that_windows_has_is_not_put_again() -> None:
    with windows() as (made, adapter):
        made.give("Root", ROOT)
        adapter.put(WINDOWS_STORE, parcel(ALICES), None, PLAIN)
        assert [each.der for each in made.stores["CA"]] == [ISSUING.der]


@pytest.mark.parametrize("provider", [SOFTWARE, OLD_SOFTWARE])
def test_a_removed_certificate_s_key_is_deleted_unless_another_uses_its_container(provider: str) -> None:
    with windows() as (made, adapter):
        renewed = holder(ALICE, serial=9)
        made.give("My", ALICES.der, Key(pkcs8(ALICES.key)), provider, "shared")
        made.give("My", renewed.der, name="shared", provider=provider)
        adapter.remove(WINDOWS_STORE, fingerprint(ALICES), None)
        assert keyed(made) == {provider}
        adapter.remove(WINDOWS_STORE, fingerprint(renewed), None)
        assert keyed(made) == set()
        assert made.stores["My"] == []


def test_a_card_s_key_is_never_deleted() -> None:
    with windows() as (made, adapter):
        made.give("My", ALICES.der, Key(pkcs8(ALICES.key)), CARD)
        adapter.remove(WINDOWS_STORE, fingerprint(ALICES), None)
        assert made.stores["My"] == []
        assert keyed(made) == {CARD}


def test_a_certificate_that_lost_its_key_gets_it_back() -> None:
    with windows() as (made, adapter):
        made.give("My", ALICES.der, name="gone")
        adapter.put(WINDOWS_STORE, parcel(ALICES), None, PLAIN)
        assert adapter.take(WINDOWS_STORE, fingerprint(ALICES), None) == parcel(ALICES)


def test_flags_decide_who_may_copy_the_key_and_whether_the_person_is_asked() -> None:
    with windows() as (made, adapter):
        adapter.put(WINDOWS_STORE, parcel(ALICES), None, Protection(strong=True, exportable=False))
        adapter.put(WINDOWS_STORE, parcel(BRUNOS), None, Protection(strong=True))
        assert made.asked == 2
        with pytest.raises(KeyNotExportable):
            adapter.take(WINDOWS_STORE, fingerprint(ALICES), None)
        assert adapter.take(WINDOWS_STORE, fingerprint(BRUNOS), None) == parcel(BRUNOS)
        assert made.asked == 3


def test_the_person_s_own_name_for_a_key_is_windows_friendly_name() -> None:
    with windows() as (_, adapter):
        adapter.put(WINDOWS_STORE, replace(parcel(ALICES), name="王小明的簽章"), None, PLAIN)
        names = {each.der: each.nickname for each in adapter.read(WINDOWS_STORE).held}
        assert names[ALICES.der] == "王小明的簽章"


@pytest.mark.parametrize("language", ["zh_TW", "en"])
def test_what_the_person_cancels_changes_nothing_and_is_said(language: str) -> None:
    with windows() as (made, adapter):
        adapter.put(WINDOWS_STORE, parcel(BRUNOS), None, Protection(strong=True))
        made.allows = False
        before = list(made.stores["My"]), dict(made.keys)
        with pytest.raises(StoreRefused) as refused:
            adapter.put(WINDOWS_STORE, parcel(ALICES), None, Protection(strong=True))
        assert (made.stores["My"], made.keys) == before
        with pytest.raises(StoreRefused):
            adapter.take(WINDOWS_STORE, fingerprint(BRUNOS), None)
        words = Text(language).error(refused.value)
        assert ("取消" in words[1]) or ("cancelled" in words[1])
        assert "0x8" not in " ".join(words)


@pytest.mark.parametrize(
    ("function", "number", "expected"),
    [
        ("CertAddCertificateContextToStore", 5, StoreNoAccess),
        ("CertAddCertificateContextToStore", 0x80090010, StoreNoAccess),
        ("CertAddCertificateContextToStore", 32, StoreBusy),
        ("CertControlStore", 112, StoreFull),
        ("CertControlStore", 0x80070570, StoreDamaged),
        ("PFXImportCertStore", 0x80092012, StoreRefused),
    ],
)
def test_a_put_that_fails_leaves_no_key_and_has_a_name(
    function: str, number: int, expected: type[CertTrayError]
) -> None:
    with windows() as (made, adapter):
        made.fails[function] = number
        with pytest.raises(expected):
            adapter.put(WINDOWS_STORE, parcel(ALICES), None, PLAIN)
        assert (made.stores["My"], made.keys) == ([], {})
        made.fails.clear()
        adapter.put(WINDOWS_STORE, parcel(ALICES), None, PLAIN)
        assert adapter.take(WINDOWS_STORE, fingerprint(ALICES), None) == parcel(ALICES)


@pytest.mark.parametrize(
    "function", ["CertAddEncodedCertificateToStore", "CertDeleteCertificateFromStore", "NCryptDeleteKey"]
)
def test_what_broke_off_in_the_middle_is_completed_by_repeating_it(function: str) -> None:
    with windows() as (made, adapter):
        acts: list[Callable[[], None]] = [
            lambda: adapter.put(WINDOWS_STORE, parcel(ALICES), None, PLAIN),
            lambda: adapter.remove(WINDOWS_STORE, fingerprint(ALICES), None),
        ]
        failed = 0
        for act in acts:
            made.fails[function] = 5
            try:
                act()
            except StoreNoAccess:
                failed += 1
                made.fails.clear()
                act()
            made.fails.clear()
        assert failed == 1
        assert (made.stores["My"], made.keys) == ([], {})
        assert {each.der for each in made.stores["CA"]} == {ISSUING.der, ROOT}


def test_a_change_that_windows_only_pretends_is_noticed() -> None:
    with windows() as (made, adapter):
        made.loses = True
        with pytest.raises(StoreRefused, match="re-read"):
            adapter.put(WINDOWS_STORE, parcel(ALICES), None, PLAIN)
        made.give("My", BRUNOS.der)
        with pytest.raises(StoreRefused, match="re-read"):
            adapter.remove(WINDOWS_STORE, fingerprint(BRUNOS), None)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(2, Unread.NO_DATABASE), (32, Unread.LOCKED), (5, Unread.NO_ACCESS), (13, Unread.DAMAGED), (87, Unread.NO_ACCESS)],
)
def test_a_store_that_cannot_be_read_says_why(number: int, reason: Unread) -> None:
    with windows() as (made, adapter):
        made.fails["CertOpenStore"] = number
        reading = adapter.read(WINDOWS_STORE)
        assert (reading.held, reading.reason) == ((), reason)
