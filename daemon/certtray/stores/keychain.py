"""macOS' login keychain of this person, which Safari, Chrome, Edge and Brave use; never run on macOS.

Authorities are looked for in every keychain that is searched, and written into this one. Strong protection is not chosen here: the
keychain asks the person before any program uses a key for the first time (``security import -T ""``).
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha1
from pathlib import Path
from typing import Protocol

from certtray.core.errors import KeyMissing, StoreRefused
from certtray.core.secret import Secret
from certtray.core.store import Held, Reading, Store, Unread
from certtray.stores.base import Parcel, Protection, State
from certtray.stores.keychain_errors import named, unread
from certtray.stores.keychain_native import KeychainFailure, SecurityTool
from certtray.stores.parcels import find, from_pfx, higher, missing, passing_password, to_pfx
from certtray.stores.relatives import shares_key


class Export(Protocol):
    """What takes one identity out (``keychain_export.Exporter.export``)."""

    def __call__(self, keychain: Path, der: bytes, passphrase: Secret) -> bytes: ...


class KeychainAdapter:
    """The contract of stores/base.py; what macOS wants to know it asks the person itself."""

    writes = True
    protects = True

    def __init__(self, tool: SecurityTool, export: Export) -> None:
        self._tool, self._export = tool, export

    def read(self, store: Store) -> Reading:
        """Read it as the contract says; names of certificates are not read."""
        try:
            return Reading(self._read(store))
        except KeychainFailure as failure:
            return Reading(reason=unread(failure))
        except OSError:
            return Reading(reason=Unread.NO_ACCESS)

    def state(self, store: Store) -> State:
        """Browsers need not be closed; a locked keychain is opened by the system's own question."""
        del store
        return State(running=False, asks_password=False)

    def put(self, store: Store, parcel: Parcel, password: Secret | None, protection: Protection) -> None:
        """Put it as the contract says. A key that is there already under another certificate serves both."""
        del password
        with named(store):
            held = self._read(store, parcel.certificate, *parcel.authorities)
            for der in missing(parcel, held):
                if der != parcel.certificate or _keyed_too(held, der):
                    self._tool.add(store.folder, der)
                else:
                    self._put_pair(store, parcel, held, protection)
            if missing(parcel, self._read(store, parcel.certificate, *parcel.authorities)):
                raise StoreRefused(store=store.label, reason="re-read")

    def take(self, store: Store, fingerprint: str, password: Secret | None) -> Parcel:
        """Copy it out as the contract says; macOS asks the person."""
        del password
        once = passing_password()
        with named(store):
            held = self._read(store)
            found = find(store, held, fingerprint)
            if not found.has_key:
                raise KeyMissing(path=store.label)
            pfx = self._export(store.folder, found.der, once)
        return from_pfx(pfx, once, fingerprint, [each.der for each in held], store)

    def remove(self, store: Store, fingerprint: str, password: Secret | None) -> None:
        """Take it away as the contract says."""
        del password
        with named(store):
            held = self._read(store)
            found = find(store, held, fingerprint)
            self._tool.delete(store.folder, found.der, with_key=found.has_key and not _keyed_too(held, found.der))
            if found.der in self._tool.certificates(store.folder):
                raise StoreRefused(store=store.label, reason="re-read")

    def _read(self, store: Store, *coming: bytes) -> tuple[Held, ...]:
        """Read everything; the authorities above ``coming`` too."""
        own, keys = dict.fromkeys(self._tool.certificates(store.folder)), self._tool.with_keys(store.folder)
        held = [Held(der, "", sha1(der, usedforsecurity=False).hexdigest().upper() in keys) for der in own]
        elsewhere = higher([*own, *coming], [*own, *self._tool.certificates(None)])
        return (*held, *(Held(der, "", False) for der in elsewhere if der not in own))

    def _put_pair(self, store: Store, parcel: Parcel, held: tuple[Held, ...], protection: Protection) -> None:
        """Import key and certificate; the certificate alone would make the whole import a duplicate, so it leaves first."""
        once = passing_password()
        pfx = to_pfx(parcel, once)
        lonely = any(each.der == parcel.certificate for each in held)
        if lonely:
            self._tool.delete(store.folder, parcel.certificate, with_key=False)
        try:
            self._tool.add_pair(store.folder, pfx, once, exportable=protection.exportable)
        except KeychainFailure:
            if lonely:
                with suppress(KeychainFailure):
                    self._tool.add(store.folder, parcel.certificate)
            raise


def _keyed_too(held: tuple[Held, ...], der: bytes) -> bool:
    """Say whether the key of a certificate lies there for another one."""
    return shares_key(der, [each.der for each in held if each.has_key])
