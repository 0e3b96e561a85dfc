"""The login keychain as documented: what the contract of test_writing leaves to macOS itself."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.errors import (
    CertTrayError,
    KeyNotExportable,
    StoreDamaged,
    StoreFull,
    StoreNoAccess,
    StoreRefused,
    StoreUnreachable,
)
from certtray.core.store import Store, Unread
from certtray.crypto.keys import pkcs8
from certtray.stores.base import Protection
from certtray.stores.keychain import KeychainAdapter
from certtray.stores.keychain_export import Exporter, KeyParameters, export
from certtray.stores.keychain_native import SecurityTool
from tests.makers import ALICE, BRUNO, authority, holder, spare_key
from tests.stores.fake_security import Key, public
from tests.stores.foreign import mac
from tests.stores.kinds import fingerprint, parcel

PLAIN = Protection()
ALICES, BRUNOS = holder(ALICE), holder(BRUNO, key=spare_key(2), serial=7)
ISSUING = authority()
ROOT = ISSUING.chain[0].public_bytes(Encoding.DER)


def test_the_structure_is_as_macos_has_it_on_64_bits() -> None:
    assert (ctypes.sizeof(KeyParameters), KeyParameters.passphrase.offset) == (56, 8)


def test_nothing_of_macos_is_loaded_elsewhere() -> None:
    with pytest.raises(OSError, match="macOS"):
        Exporter()


def test_the_passphrase_goes_through_the_pipe_alone_and_no_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(passing))
    with mac(tmp_path) as (made, adapter):
        adapter.put(made.store, parcel(ALICES), None, PLAIN)
        (line,) = made.tool.lines
        words = line.replace('"', "").split()
        passphrase = words[words.index("-P") + 1]
        assert len(passphrase) >= 32
        assert all(passphrase not in word and word != "-P" for given in made.tool.arguments for word in given)
        assert list(passing.iterdir()) == []


def test_a_key_that_may_not_leave_stays_and_others_are_untouched(tmp_path: Path) -> None:
    with mac(tmp_path) as (made, adapter):
        adapter.put(made.store, parcel(BRUNOS), None, PLAIN)
        adapter.put(made.store, parcel(ALICES), None, Protection(exportable=False))
        with pytest.raises(KeyNotExportable):
            adapter.take(made.store, fingerprint(ALICES), None)
        assert adapter.take(made.store, fingerprint(BRUNOS), None) == parcel(BRUNOS)
        adapter.remove(made.store, fingerprint(ALICES), None)
        assert made.chain.keys.keys() == {public(BRUNOS.der)}


def test_authorities_of_the_whole_system_count_and_are_not_put_again(tmp_path: Path) -> None:
    with mac(tmp_path) as (made, adapter):
        made.system.certificates += [ROOT, ISSUING.der, holder(BRUNO, serial=70).der]
        adapter.put(made.store, parcel(ALICES), None, PLAIN)
        assert made.chain.certificates == [ALICES.der]
        assert {each.der for each in adapter.read(made.store).held} == {ALICES.der, ISSUING.der, ROOT}


def test_a_lonely_certificate_gets_its_key_and_is_not_lost_where_that_fails(tmp_path: Path) -> None:
    with mac(tmp_path) as (made, adapter):
        made.chain.certificates += [ROOT, ISSUING.der, ALICES.der]
        made.tool.fails["import"] = "SecKeychainItemImport: User canceled the operation."
        with pytest.raises(StoreRefused) as refused:
            adapter.put(made.store, parcel(ALICES), None, PLAIN)
        assert refused.value.facts["rule"] == "cancelled"
        assert (made.chain.certificates, made.chain.keys) == ([ROOT, ISSUING.der, ALICES.der], {})
        made.tool.fails.clear()
        adapter.put(made.store, parcel(ALICES), None, PLAIN)
        assert adapter.take(made.store, fingerprint(ALICES), None) == parcel(ALICES)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("SecKeychainItemImport: User interaction is not allowed.", StoreNoAccess),
        ("SecKeychainItemImport: This keychain cannot be modified.", StoreNoAccess),
        ("SecKeychainItemImport: The disk is full.", StoreFull),
        ("SecKeychainOpen: The specified keychain is not a valid keychain file.", StoreDamaged),
        ("SecKeychainItemImport: 無法完成作業。", StoreRefused),
    ],
)
def test_what_the_tool_says_has_a_name(tmp_path: Path, words: str, expected: type[CertTrayError]) -> None:
    with mac(tmp_path) as (made, adapter):
        made.tool.fails["import"] = words
        with pytest.raises(expected) as failed:
            adapter.put(made.store, parcel(ALICES), None, PLAIN)
        assert made.chain.certificates == []
        if expected is StoreRefused:
            assert failed.value.facts["reason"] == words


@pytest.mark.parametrize(
    ("status", "expected"),
    [(-128, StoreRefused), (-25308, StoreNoAccess), (-67738, KeyNotExportable), (-50, StoreRefused)],
)
def test_what_the_framework_answers_has_a_name(tmp_path: Path, status: int, expected: type[CertTrayError]) -> None:
    with mac(tmp_path) as (made, adapter):
        made.chain.certificates.append(ALICES.der)
        made.chain.keys[public(ALICES.der)] = Key(pkcs8(ALICES.key))
        made.frameworks.status = status
        with pytest.raises(expected):
            adapter.take(made.store, fingerprint(ALICES), None)


def test_a_change_that_the_tool_only_pretends_is_noticed(tmp_path: Path) -> None:
    with mac(tmp_path) as (made, adapter):
        made.tool.loses = {"import", "delete-certificate"}
        with pytest.raises(StoreRefused, match="re-read"):
            adapter.put(made.store, parcel(ALICES), None, PLAIN)
        made.chain.certificates.append(BRUNOS.der)
        with pytest.raises(StoreRefused, match="re-read"):
            adapter.remove(made.store, fingerprint(BRUNOS), None)


def test_a_keychain_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with mac(tmp_path) as (made, adapter):
        assert adapter.read(Store("keychain", "macOS", "", tmp_path / "gone")).reason is Unread.NO_DATABASE
        made.tool.fails["find-certificate"] = "SecKeychainOpen: The specified keychain is not a valid keychain file."
        assert adapter.read(made.store).reason is Unread.DAMAGED
        made.tool.fails["find-certificate"] = "SecKeychainSearch: User interaction is not allowed."
        assert adapter.read(made.store).reason is Unread.NO_ACCESS


def test_without_the_tool_nothing_is_read_or_written(tmp_path: Path) -> None:
    adapter = KeychainAdapter(SecurityTool(tmp_path / "no such tool"), export)
    store = Store("keychain", "macOS", "", tmp_path)
    assert adapter.read(store).reason is Unread.NO_ACCESS
    with pytest.raises(StoreUnreachable):
        adapter.put(store, parcel(ALICES), None, PLAIN)
