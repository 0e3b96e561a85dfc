"""Windows' own store of this person, ``CurrentUser\\My``, which Chrome, Edge and Brave use too; never run on Windows.

A certificate there carries a property that says where its key lies; the key itself is in a container of a provider. Authorities
belong into ``CA``. Source: Microsoft's pages on PFXImportCertStore, PFXExportCertStoreEx, CertControlStore; STACK.md A5.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Final

from certtray.core.errors import CertificateGone, KeyMissing, StoreRefused
from certtray.core.secret import Secret
from certtray.core.store import Held, Reading, Store
from certtray.stores import windows_api as api
from certtray.stores.base import Parcel, Protection, State
from certtray.stores.parcels import find, from_pfx, higher, missing, passing_password, to_pfx
from certtray.stores.windows_api import WindowsFailure
from certtray.stores.windows_errors import named, unread
from certtray.stores.windows_native import Container, Context, Crypt32, Handle

OWN: Final = "My"
AUTHORITIES: Final = "CA"
ROOTS: Final = "Root"

_SOFTWARE: Final = frozenset(
    {
        "Microsoft Software Key Storage Provider",
        "Microsoft Base Cryptographic Provider v1.0",
        "Microsoft Enhanced Cryptographic Provider v1.0",
        "Microsoft Strong Cryptographic Provider",
        "Microsoft Enhanced RSA and AES Cryptographic Provider",
        "Microsoft RSA SChannel Cryptographic Provider",
    }
)
"""Providers whose keys are files of this person; any other may stand for a card, whose keys are not ours to open or delete."""


class WindowsAdapter:
    """The contract of stores/base.py; a password is never needed, what Windows asks it asks the person itself."""

    writes = True
    protects = True

    def __init__(self, native: Crypt32) -> None:
        self._native = native

    def read(self, store: Store) -> Reading:
        """Read it as the contract says; of the roots, of which Windows has hundreds, those above what is held."""
        del store
        try:
            return Reading(self._read())
        except WindowsFailure as failure:
            return Reading(reason=unread(failure.number))

    def state(self, store: Store) -> State:
        """Browsers need not be closed, and there is no password."""
        del store
        return State(running=False, asks_password=False)

    def put(self, store: Store, parcel: Parcel, password: Secret | None, protection: Protection) -> None:
        """Put it as the contract says; a strongly protected key is one for which Windows asks the person.

        The key first: where the person cancels, nothing has happened. Killed right after, it stays in a container that no
        certificate names, and a repeated call makes another. A root goes to ``CA`` too, where it is not trusted.
        """
        del password
        with named(store):
            lacking = missing(parcel, self._read(parcel.certificate, *parcel.authorities))
            if parcel.certificate in lacking:
                self._put_pair(store, parcel, protection)
            with self._native.system_store(AUTHORITIES, write=True) as authorities:
                for der in parcel.authorities:
                    if der in lacking:
                        self._native.add_encoded(authorities, der, api.USE_EXISTING)
                self._native.commit(authorities)
            if missing(parcel, self._read(parcel.certificate, *parcel.authorities)):
                raise StoreRefused(store=store.label, reason="re-read")

    def take(self, store: Store, fingerprint: str, password: Secret | None) -> Parcel:
        """Copy it out as the contract says; Windows asks the person where the key is strongly protected."""
        del password
        once = passing_password()
        with named(store):
            held = self._read()
        if not find(store, held, fingerprint).has_key:
            raise KeyMissing(path=store.label)
        with (
            named(store, exporting=True),
            self._native.system_store(OWN) as own,
            self._found(store, own, fingerprint) as context,
            self._native.memory_store() as alone,
        ):
            self._native.add(alone, context, api.REPLACE_EXISTING)
            pfx = self._native.export(alone, once)
        return from_pfx(pfx, once, fingerprint, [each.der for each in held], store)

    def remove(self, store: Store, fingerprint: str, password: Secret | None) -> None:
        """Take it away as the contract says, the key first: killed in between, what is left can be removed again."""
        del password
        with named(store):
            name = AUTHORITIES if self._is_authority(fingerprint) else OWN
            with (
                self._native.system_store(name, write=True) as handle,
                self._native.contexts(handle) as contexts,
                self._found(store, handle, fingerprint) as context,
            ):
                container = self._native.container(context)
                if container and self._is_ours(container, contexts) and self._has_key(context, container):
                    self._native.delete_key(context, container)
                self._native.remove(context)
                self._native.commit(handle)
            if any(sha256(each.der).hexdigest() == fingerprint for each in self._all_of(name)):
                raise StoreRefused(store=store.label, reason="re-read")

    def _read(self, *coming: bytes) -> tuple[Held, ...]:
        """Read everything; the roots above ``coming`` too."""
        held = {each.der: each for name in (AUTHORITIES, OWN) for each in self._all_of(name)}
        own = [der for der, each in held.items() if each.has_key]
        for der in higher([*own, *coming], [*held, *(each.der for each in self._all_of(ROOTS))]):
            held.setdefault(der, Held(der, "", False))
        return tuple(held.values())

    def _is_authority(self, fingerprint: str) -> bool:
        return any(sha256(each.der).hexdigest() == fingerprint for each in self._all_of(AUTHORITIES))

    def _put_pair(self, store: Store, parcel: Parcel, protection: Protection) -> None:
        once = passing_password()
        flags = (api.EXPORTABLE if protection.exportable else 0) | (api.USER_PROTECTED if protection.strong else 0)
        with (
            self._native.system_store(OWN, write=True) as own,
            self._native.imported(to_pfx(parcel, once), once, flags) as imported,
            self._found(store, imported, sha256(parcel.certificate).hexdigest()) as context,
        ):
            try:
                self._native.add(own, context, api.REPLACE_EXISTING)
                self._native.commit(own)
            except WindowsFailure:
                with suppress(WindowsFailure):  # what went wrong first is what is told
                    if container := self._native.container(context):
                        self._native.delete_key(context, container)  # the import has written it already
                raise

    def _is_ours(self, container: Container, contexts: list[Context]) -> bool:
        """Say whether a key may be deleted with its certificate: a file of this person that no other of ``contexts`` uses."""
        if container.provider not in _SOFTWARE or container.flags & api.MACHINE_KEYSET:
            return False
        places = [self._native.container(each) for each in contexts]
        return sum(place is not None and place[:2] == container[:2] for place in places) == 1

    @contextmanager
    def _found(self, store: Store, handle: Handle, fingerprint: str) -> Iterator[Context]:
        with self._native.contexts(handle) as contexts:
            for context in contexts:
                if sha256(self._native.der(context)).hexdigest() == fingerprint:
                    yield context
                    return
        raise CertificateGone(store=store.label)

    def _held(self, context: Context) -> Held:
        container = self._native.container(context)
        has_key = container is not None and self._has_key(context, container)
        return Held(self._native.der(context), self._native.friendly_name(context), has_key)

    def _has_key(self, context: Context, container: Container) -> bool:
        """Say whether there is a key; what another provider says of its own (a card may be out) is believed."""
        return container.provider not in _SOFTWARE or self._native.key_opens(context)

    def _all_of(self, name: str) -> list[Held]:
        with self._native.system_store(name) as handle, self._native.contexts(handle) as contexts:
            return [self._held(context) for context in contexts]
