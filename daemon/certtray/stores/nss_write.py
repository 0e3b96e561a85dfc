"""NSS databases written to: Firefox's profiles, and the one that Chromium and its kin share. The contract is ``stores.base``.

Each change is a child of its own (``nss_child``), and is believed only when our own reader sees it (STACK.md A4).
"""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NoReturn

from certtray.core.certificate import DN
from certtray.core.errors import (
    CertificateGone,
    CertTrayError,
    ChildFailed,
    KeyMissing,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreNoAccess,
    StorePasswordNeeded,
    StorePasswordWrong,
    StoreRefused,
    StoreUnreachable,
)
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.core.store import DATABASE, Held, Reading, Store, Unread
from certtray.crypto.ber import Malformed
from certtray.crypto.der import facts
from certtray.stores.base import Parcel, Protection, State
from certtray.stores.in_use import in_use
from certtray.stores.nss import key_ids, read_store
from certtray.stores.nss_faults import Patience
from certtray.stores.nss_libraries import library_of
from certtray.stores.relatives import above, shares_key
from certtray.system.spawn import ask_child

DEADLINE: Final = 60.0
"""Seconds for one change; the child's patience ends before (nss_faults), and NSS waits by itself besides."""

_UNREAD: Final[dict[Unread, str]] = {
    Unread.LOCKED: "busy",
    Unread.NO_ACCESS: "no_access",
    Unread.DAMAGED: "damaged",
    Unread.NO_DATABASE: "gone",
}


@dataclass(frozen=True, slots=True)
class NssAdapter:
    """See ``stores.base.Adapter``."""

    writes: bool = True
    protects: bool = False

    def read(self, store: Store) -> Reading:
        """Read with SQLite; needs neither NSS nor a password."""
        return read_store(store)

    def state(self, store: Store) -> State:
        """Say whether the browser is running and whether there is a primary password; a missing database has neither."""
        library_of(store)  # what cannot be written need not be asked about
        if _read_or_none(store) is None:
            return State(running=False, asks_password=False)
        return State(in_use(store.folder / DATABASE), bool(ask(store, "state")))

    def put(self, store: Store, parcel: Parcel, password: Secret | None, protection: Protection) -> None:
        """Authorities, key, certificate; what is there already stays as it is."""
        del protection
        reading = _read_or_none(store)
        held = reading.held if reading else ()
        names = Nicknames(held, parcel.certificate, parcel.name)
        there = {each.der for each in held}
        authorities = [[text_of(der), names.of(der)] for der in parcel.authorities if der not in there]
        ask(
            store,
            "put",
            password,
            certificate=text_of(parcel.certificate),
            nickname=names.of(parcel.certificate),
            key=parcel.key.reveal(),
            authorities=authorities,
        )
        keys = {each.der: each.has_key for each in reread(store).held}
        if not keys.get(parcel.certificate) or any(der not in keys for der in parcel.authorities):
            raise StoreRefused(store=store.label, reason="reads back differently")

    def take(self, store: Store, fingerprint: str, password: Secret | None) -> Parcel:
        """NSS lets every key of its own out."""
        reading, der = _find(store, fingerprint)
        key = ask(store, "take", password, certificate=text_of(der))
        return Parcel(der, Secret(key), above(der, [each.der for each in reading.held]))

    def remove(self, store: Store, fingerprint: str, password: Secret | None) -> None:
        """By its DER, with the key unless another certificate of the same key is there."""
        reading, der = _find(store, fingerprint)
        shared = shares_key(der, [each.der for each in reading.held])
        takes_key = not shared and any(each.der == der and each.has_key for each in reading.held)
        keys = _keys(store)
        ask(store, "remove", password, certificate=text_of(der), takes_key=takes_key)
        still_there = any(each.der == der for each in reread(store).held)
        if still_there or (takes_key and keys <= _keys(store)):
            raise StoreRefused(store=store.label, reason="reads back differently")


class Nicknames:
    """One subject has one nickname in NSS, and one nickname belongs to one subject."""

    def __init__(self, held: Iterable[Held], own: bytes = b"", wished: str = "") -> None:
        """``wished`` is the person's own name for the certificate ``own``."""
        self._of: dict[DN, str] = {}
        self._own, self._wished = own, wished
        for each in held:
            with suppress(Malformed):
                self._of.setdefault(facts(each.der).subject, each.nickname)

    def of(self, der: bytes) -> str:
        """Return the subject's nickname, made now where it has none."""
        certificate = facts(der)
        if not self._of.get(certificate.subject):
            wished = certificate.subject_cn
            if not certificate.is_ca:
                wished += f" - {certificate.issuer_cn}"
            if der == self._own and self._wished:
                wished = self._wished
            names = (wished, *(f"{wished} #{number}" for number in range(2, len(self._of) + 3)))
            self._of[certificate.subject] = next(name for name in names if name not in self._of.values())
        return self._of[certificate.subject]


def _find(store: Store, fingerprint: str) -> tuple[Reading, bytes]:
    reading = reread(store)
    der = next((each.der for each in reading.held if sha256(each.der).hexdigest() == fingerprint), None)
    if der is None:
        raise CertificateGone(store=store.label)
    return reading, der


def reread(store: Store) -> Reading:
    """Read a store that must be there."""
    reading = _read_or_none(store)
    if reading is None:
        _fail(store, _UNREAD[Unread.NO_DATABASE], "")
    return reading


def _read_or_none(store: Store) -> Reading | None:
    """Read a store, None where there is no database yet; who writes just now is waited for, or what is there would be missed."""
    patience = Patience(store.folder)
    while (reading := read_store(store)).reason is Unread.LOCKED and patience.lasts():
        pass
    if reading.reason is Unread.NO_DATABASE:
        return None
    if reading.reason is not None:
        _fail(store, _UNREAD[reading.reason], "")
    return reading


def _keys(store: Store) -> frozenset[bytes]:
    """Return the ids of the keys there, as patiently."""
    patience = Patience(store.folder)
    while True:
        try:
            return key_ids(store.folder)
        except sqlite3.Error:
            if not patience.lasts():
                raise StoreBusy(store=store.label) from None


def ask(store: Store, verb: str, password: Secret | None = None, **more: Any) -> Any:
    """Run one change in a child; return what it answers, or raise what its fault means."""
    library = library_of(store)
    request = {
        "folder": str(store.folder),
        "library": str(library) if library else None,
        "verb": verb,
        "password": password.reveal() if password else None,
        **more,
    }
    try:
        (answer,) = ask_child("_nss", request, DEADLINE)
    except ChildFailed as failed:
        if failed.facts["reason"] == "time":
            raise StoreBusy(store=store.label) from None
        raise StoreRefused(store=store.label, reason=str(failed.facts["reason"])) from None
    if "fault" in answer:
        _fail(store, answer["fault"], answer["reason"])
    return answer["done"]


def _fail(store: Store, fault: str, reason: str) -> NoReturn:
    name, path = store.label, mask_numbers(str(store.folder))
    faults: dict[str, CertTrayError] = {
        "busy": StoreBusy(store=name),
        "no_access": StoreNoAccess(store=name, path=path),
        "damaged": StoreDamaged(store=name, path=path),
        "full": StoreFull(store=name, path=path),
        "password_needed": StorePasswordNeeded(store=name),
        "password_wrong": StorePasswordWrong(store=name),
        "gone": CertificateGone(store=name),
        "no_database": CertificateGone(store=name),
        "no_key": KeyMissing(path=name),
        "no_library": StoreUnreachable(store=name, package="libnss3"),
    }
    raise faults.get(fault) or StoreRefused(store=name, reason=reason or fault)


def text_of(der: bytes) -> str:
    """Return DER as a request carries it."""
    return b64encode(der).decode()
