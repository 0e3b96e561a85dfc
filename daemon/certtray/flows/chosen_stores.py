"""The stores of this computer, how each stands towards certificates that are to be put there, and which the person chooses."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from certtray.core.errors import CertTrayError
from certtray.core.identity import identity
from certtray.core.masks import mask_numbers
from certtray.core.store import Reading, Store, Unread
from certtray.crypto.der import facts
from certtray.flows.done import Cell, Word
from certtray.flows.face import Face
from certtray.flows.questions import Action, Option, Several
from certtray.stores.adapters import adapter_of
from certtray.stores.base import Adapter, Parcel, State
from certtray.stores.every import stores_here, system_store
from certtray.stores.relatives import understood


@dataclass(frozen=True, slots=True)
class Place:
    """One store as it stands now; ``error`` says why nothing can be done with it, ``state`` is then unknown."""

    number: int
    store: Store
    adapter: Adapter
    reading: Reading
    state: State | None = None
    error: CertTrayError | None = None

    @property
    def id(self) -> str:
        """Its number, as ``certtray stores`` shows it."""
        return str(self.number)

    def holds(self, parcel: Parcel) -> bool:
        """Say whether certificate, key and authorities are all there."""
        keys = {each.der: each.has_key for each in self.reading.held}
        return keys.get(parcel.certificate, False) and all(der in keys for der in parcel.authorities)

    def holds_older(self, parcel: Parcel, now: datetime) -> bool:
        """Say whether one of the same identity that is still in force was there before: Firefox, left to choose, offers that."""
        own = facts(parcel.certificate)
        return any(
            each.has_key
            and (other := understood(each.der)) is not None
            and identity(other) == identity(own)
            and now <= other.not_after < own.not_after
            for each in self.reading.held
        )

    def lacks_any(self, parcels: Iterable[Parcel]) -> bool:
        """Say whether there is something to put there."""
        return not all(map(self.holds, parcels))


def places(face: Face, *, with_system: bool) -> list[Place]:
    """Return every store, looked at just now; ``with_system`` the system's too where it does not exist yet, as the last."""
    stores = stores_here(Path.home(), os.environ)
    own = system_store(Path.home(), os.environ) if with_system else None
    if own is not None and own.folder not in [each.folder for each in stores]:
        stores.append(own)
    return face.wait("stores", lambda: [_look(number, store) for number, store in enumerate(stores, 1)])


def _look(number: int, store: Store) -> Place:
    adapter = adapter_of(store)
    reading = adapter.read(store)
    try:
        return Place(number, store, adapter, reading, state=adapter.state(store))
    except CertTrayError as error:
        return Place(number, store, adapter, reading, error=error)


def choose_places(
    face: Face, key: str, found: Sequence[Place], chosen: Iterable[Place], parcels: Sequence[Parcel] = ()
) -> list[Place] | None:
    """Ask which stores are meant, saying beforehand what will happen in each; None where the person skips it.

    ``chosen`` are proposed; what can only be read is shown and no choice. Without ``parcels`` only what is wrong is shown.
    """
    options = tuple(Option(each.id, "store", {"name": each.store.label}) for each in found if each.adapter.writes)
    rows = [row for each in found for row in _rows(each, parcels)]
    proposed = tuple(each.id for each in chosen)
    answer = face.ask(Several(key=key, options=options, chosen=proposed, rows=rows, actions=("skip_stores",)))
    if isinstance(answer, Action):
        return None
    return [each for each in found if each.id in answer]


def _rows(place: Place, parcels: Sequence[Parcel]) -> list[tuple[Cell, Cell]]:
    name = mask_numbers(place.store.label)
    if place.state is None:
        return [(name, place.error)] if place.error else []
    words = [Word("store_will_hold" if place.lacks_any(parcels) else "store_holds")] if parcels else []
    if place.reading.reason is Unread.NO_DATABASE and parcels:
        words = [Word("store_will_be_made")]
    if place.state.asks_password:
        words.append(Word("store_asks_password"))
    if place.state.running:
        words.append(Word("store_runs"))
    return [(name, word) for word in words]
