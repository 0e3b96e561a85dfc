"""Where the private key of a certificate is taken from: the file it lies in, else a store of the system or a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from certtray.core.errors import (
    Cancelled,
    CertTrayError,
    KeyMissing,
    StorePasswordNeeded,
    StorePasswordWrong,
    TimeUp,
)
from certtray.core.secret import Secret
from certtray.core.store import Store
from certtray.crypto.der import facts
from certtray.crypto.keys import load_pkcs8
from certtray.crypto.pfx import KeyPair, Pfx
from certtray.flows.face import Face
from certtray.flows.key_file import KeyFile, open_key_file
from certtray.flows.put_in_stores import ask_primary
from certtray.flows.stage import Stage, companion, find_entry, key_file, looks_like_fingerprint
from certtray.inventory.model import Entry
from certtray.stores.adapters import adapter_of
from certtray.stores.base import Parcel


def keys_of(stage: Stage, given: str) -> KeyFile:
    """Open the file ``given``, or what holds the key of the certificate with this fingerprint; KeyMissing, and as either says.

    What comes out of a store has that store's folder as its path, and no bytes.
    """
    path = Path(given).expanduser().absolute()
    if path.is_file() or not looks_like_fingerprint(given):
        return open_key_file(stage, path)
    return keys_of_entry(stage, find_entry(stage, given))


def keys_of_entry(stage: Stage, entry: Entry) -> KeyFile:
    """As ``keys_of``; of a pair that lies in one store both halves."""
    if path := key_file(entry):
        return open_key_file(stage, path)
    folders = [place.path for place in entry.locations if place.store and place.has_key]
    other = companion(stage, entry.certificate)
    beside = [place.path for place in other.locations if place.has_key] if other else []
    failed: CertTrayError = KeyMissing(path=entry.certificate.fingerprint)
    for store in (known.store for known in stage.inventory.stores.all()):
        if str(store.folder) not in folders:
            continue
        wanted = [entry.certificate.fingerprint]
        if other and str(store.folder) in beside:
            wanted.append(other.certificate.fingerprint)
        try:
            return _as_file(store.folder, _take(stage.face, store, wanted))
        except (Cancelled, TimeUp):
            raise
        except CertTrayError as error:
            failed = error
    raise failed


def _take(face: Face, store: Store, fingerprints: Sequence[str]) -> list[Parcel]:
    """Take certificates with their keys out of one store; its own password is asked for where it has one."""
    adapter = adapter_of(store)
    state = face.wait("stores", lambda: adapter.state(store))
    wrong: StorePasswordWrong | None = None
    while True:
        password = None
        if state.asks_password:
            password = ask_primary(face, store.label, wrong)
            if password is None:
                raise StorePasswordNeeded(store=store.label)
        try:
            return face.wait("store_take", lambda: [adapter.take(store, each, password) for each in fingerprints])  # noqa: B023
        except StorePasswordWrong as error:
            wrong = error


def _as_file(folder: Path, parcels: Sequence[Parcel]) -> KeyFile:
    pairs = tuple(KeyPair(load_pkcs8(each.pkcs8()), facts(each.certificate), each.certificate) for each in parcels)
    others = tuple(dict.fromkeys(der for each in parcels for der in each.authorities))
    return KeyFile(folder, b"", Secret(""), Pfx(pairs, others))
