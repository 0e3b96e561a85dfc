"""A card made known to an NSS database and taken away again: what NSS's own tools then say, and what stays as it was."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.errors import StoreRefused
from certtray.core.store import Store
from certtray.stores import nss_modules
from certtray.stores.nss import key_ids, read_store
from certtray.stores.nss_cards import module_entry, own_entries, reaches_cards, register, unregister
from certtray.stores.nss_modules import Entry
from tests.makers import holder, run_tool, spare_key
from tests.stores.kinds import KINDS, PRIMARY, Kind
from tests.stores.nss_rig import BRUNOS, put

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so")
SIGN = holder("70759028-00-0007", serial=11, use="sign", key=spare_key(5))
ENCRYPT = holder("70759028-00-0007", serial=12, use="encrypt", key=spare_key(4))
CARD = [SIGN.der, ENCRYPT.der]
ABOVE = [each.public_bytes(Encoding.DER) for each in SIGN.chain]
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def listed(store: Store) -> str:
    return run_tool("modutil", "-dbdir", f"sql:{store.folder}", "-list").decode()


def certificates(store: Store) -> dict[bytes, bool]:
    return {each.der: each.has_key for each in read_store(store).held}


@EACH
def test_registered_and_taken_away(kind: Kind, tmp_path: Path) -> None:
    """In a database that was never used; twice is once."""
    store = kind.make(tmp_path)
    for _ in range(2):
        register(store, "OpenSC", LIBRARY, CARD, ABOVE)
    assert certificates(store) == dict.fromkeys([*CARD, *ABOVE], False)
    assert key_ids(store.folder) == frozenset()
    assert listed(store).count("OpenSC (CertTray)") == 1 and str(LIBRARY) in listed(store)
    assert "NSS Internal PKCS #11 Module" in listed(store)
    assert stat.S_IMODE((store.folder / "pkcs11.txt").stat().st_mode) == 0o600
    entry = module_entry(store, LIBRARY)
    assert entry is not None and own_entries(store) == (entry,)
    for _ in range(2):
        unregister(store, entry, CARD)
    assert certificates(store) == dict.fromkeys(ABOVE, False)
    assert "OpenSC" not in listed(store) and module_entry(store, LIBRARY) is None


@EACH
def test_no_primary_password_is_needed(kind: Kind, tmp_path: Path) -> None:
    store = kind.make(tmp_path)
    assert kind.set_password is not None
    kind.set_password(store, PRIMARY)
    register(store, "OpenSC", LIBRARY, CARD, ABOVE)
    assert certificates(store) == dict.fromkeys([*CARD, *ABOVE], False)
    (entry,) = own_entries(store)
    unregister(store, entry, CARD)
    assert certificates(store) == dict.fromkeys(ABOVE, False)


def test_what_others_registered_serves_and_stays(nss_store: Store) -> None:
    """Loading a library twice would break both, whatever the entries call it and by whichever link they find it."""
    link = nss_store.folder.parent / "card.so"
    link.symlink_to(LIBRARY)
    run_tool("modutil", "-dbdir", f"sql:{nss_store.folder}", "-add", "Vendor", "-libfile", link, "-force")
    before = (nss_store.folder / "pkcs11.txt").read_bytes()
    register(nss_store, "OpenSC", LIBRARY, CARD, ABOVE)
    assert (nss_store.folder / "pkcs11.txt").read_bytes() == before
    assert module_entry(nss_store, LIBRARY) == Entry("Vendor", str(link)) and own_entries(nss_store) == ()


def test_a_certificate_whose_key_is_there_stays(nss_store: Store) -> None:
    put(nss_store)
    register(nss_store, "OpenSC", LIBRARY, [*CARD, BRUNOS.der], ABOVE)
    (entry,) = own_entries(nss_store)
    unregister(nss_store, entry, [*CARD, BRUNOS.der])
    assert certificates(nss_store)[BRUNOS.der] is True
    assert not set(CARD) & certificates(nss_store).keys()


def test_other_entries_and_their_bytes_stay(tmp_path: Path) -> None:
    file = tmp_path / "pkcs11.txt"
    for before in (
        b"",
        b'library=/opt/a b/\xe9.so\nname=A "b"\nNSS=slotParams=(1={x=y})\n\n\n',
        b"library=/c.so\nname=C",
    ):
        file.write_bytes(before)
        nss_modules.add(tmp_path, Entry("X (CertTray)", "/x.so"))
        nss_modules.add(tmp_path, Entry("X (CertTray)", "/y.so"))
        assert nss_modules.modules_of(tmp_path)[-1] == Entry("X (CertTray)", "/y.so")
        assert file.read_bytes().startswith(before.rstrip(b"\n"))
        nss_modules.remove(tmp_path, "X (CertTray)")
        nss_modules.remove(tmp_path, "never there")
        assert file.read_bytes().rstrip(b"\n") == before.rstrip(b"\n")


def test_a_profile_that_links_to_the_file_keeps_its_link(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.txt"
    real.write_text("")
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile/pkcs11.txt").symlink_to(real)
    nss_modules.add(tmp_path / "profile", Entry("X", "/x.so"))
    assert (tmp_path / "profile/pkcs11.txt").is_symlink() and "name=X" in real.read_text()


def test_a_certificate_that_clashes_is_said_and_the_module_is_not_named(nss_store: Store) -> None:
    """NSS takes no second certificate of one issuer and number; nothing is offered that is not whole."""
    twin = holder("70759028-00-0007", serial=11, use="sign", key=spare_key(3))
    register(nss_store, "OpenSC", LIBRARY, [SIGN.der], ABOVE)
    (entry,) = own_entries(nss_store)
    unregister(nss_store, entry, [])
    with pytest.raises(StoreRefused):
        register(nss_store, "OpenSC", LIBRARY, [twin.der], ABOVE)
    assert own_entries(nss_store) == ()


def test_where_a_module_can_be_named() -> None:
    assert reaches_cards(Store("nss", "Firefox", "work", Path("/ff")))
    for other in (
        Store("nss", "Firefox (snap)", "work", Path("/ff")),
        Store("nss", "Chromium (Flatpak)", "", Path("/c")),
        Store("windows", "Windows (Chrome, Edge, Brave)", "", Path("windows:CurrentUser/My")),
        Store("keychain", "macOS (Safari, Chrome, Edge, Brave)", "", Path("/login.keychain-db")),
    ):
        assert not reaches_cards(other)
