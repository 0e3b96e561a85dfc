"""Certificates with their keys put into stores, one store after another: what goes wrong in one stops no other (1-15)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from certtray.core.errors import Cancelled, CertTrayError, StorePasswordNeeded, StorePasswordWrong
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.crypto.keys import pkcs8
from certtray.crypto.pfx import KeyPair
from certtray.flows.chosen_stores import Place
from certtray.flows.done import Done, Table, Word
from certtray.flows.face import Event, Face
from certtray.flows.questions import Action, Confirm, SecretLine
from certtray.inventory.db import Inventory
from certtray.stores.base import Parcel, Protection
from certtray.stores.relatives import above


@dataclass(frozen=True, slots=True)
class Treated:
    """What became of one store."""

    place: Place
    error: CertTrayError | None = None

    @property
    def restart(self) -> bool:
        """Whether its program shows the change for certain only once it is started anew (STACK.md A "Firefox running")."""
        return self.error is None and self.place.state is not None and self.place.state.running


def parcels_of(pairs: Iterable[KeyPair], others: Iterable[bytes], inventory: Inventory) -> tuple[Parcel, ...]:
    """Return what a store needs of each pair: the authorities from ``others``, else from wherever we ever saw them."""
    known = [inventory.der(entry.certificate.fingerprint) for entry in inventory.entries() if entry.certificate.is_ca]
    authorities = [*others, *(der for der in known if der)]
    return tuple(
        Parcel.of(pair.der, pkcs8(pair.private_key), above(pair.der, authorities), pair.friendly_name or "")
        for pair in pairs
    )


def ask_protection(face: Face, chosen: Iterable[Place]) -> Protection:
    """Ask for strong protection and exportable, where a chosen store has such flags (2-25)."""
    if not any(each.adapter.protects for each in chosen):
        return Protection()
    strong = face.ask(Confirm(key="protect_strong"))
    return Protection(strong=strong, exportable=face.ask(Confirm(key="protect_exportable")))


def put_all(
    face: Face, chosen: Sequence[Place], parcels: Sequence[Parcel], protection: Protection, now: datetime
) -> list[Treated]:
    """Put every parcel into every store; says of each what became of it, and where an older one in force stays beside."""

    def put(place: Place, password: Secret | None) -> None:
        for parcel in parcels:
            if not place.holds(parcel):
                place.adapter.put(place.store, parcel, password, protection)

    done = [treat(face, place, put) for place in chosen]
    for each in done:
        facts = {"store": mask_numbers(each.place.store.label)}
        face.tell(Event("store_failed" if each.error else "stored", facts))
        if each.restart:
            face.tell(Event("restart_browser", {"name": each.place.store.name}))
        if each.error is None and any(each.place.holds_older(parcel, now) for parcel in parcels):
            face.tell(Event("older_stays", facts))
    return done


def treat(face: Face, place: Place, work: Callable[[Place, Secret | None], None]) -> Treated:
    """Do ``work`` on one store, with its own password asked where it has one; each typed password is tried once."""
    if place.error is not None:
        return Treated(place, place.error)
    wrong: StorePasswordWrong | None = None
    while True:
        password = None
        if place.state is not None and place.state.asks_password:
            password = ask_primary(face, place.store.label, wrong)
            if password is None:
                return Treated(place, StorePasswordNeeded(store=place.store.label))
        try:
            face.wait("store_put", lambda: work(place, password))  # noqa: B023
            return Treated(place)
        except Cancelled:
            raise
        except StorePasswordWrong as error:
            wrong = error
        except CertTrayError as error:
            return Treated(place, error)


def ask_primary(face: Face, store: str, error: StorePasswordWrong | None) -> Secret | None:
    """Ask for a store's own password; None where the person skips the store."""
    answer = face.ask(SecretLine(key="primary_password", facts={"store": store}, actions=("skip_store",), error=error))
    return None if isinstance(answer, Action) else answer


def summary(key: str, done: Sequence[Treated]) -> Done:
    """Return the table at the end: each store, and where one failed the way out."""
    failed = sum(each.error is not None for each in done)
    rows = [
        (mask_numbers(each.place.store.label), each.error or Word("store_restart" if each.restart else "store_done"))
        for each in done
    ]
    data = [
        {
            "kind": each.place.store.kind,
            "store": each.place.store.label,
            "path": str(each.place.store.folder),
            "done": each.error is None,
            "error": each.error.code if each.error else None,
            "restart": each.restart,
        }
        for each in done
    ]
    return Done(
        f"{key}_in_part" if failed else key,
        {"n": len(done) - failed, "failed": failed},
        Table(("store", "result"), rows, ["bad" if each.error else "ok" for each in done]),
        {"stores": data},
        level="bad" if failed else "ok",
    )
