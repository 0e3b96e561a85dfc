"""The end of applying and renewing: the new certificate is put in place, and goes into the browsers too (1-08, 1-10)."""

from __future__ import annotations

import os
from pathlib import Path

from certtray.core.errors import Cancelled, StorePasswordNeeded, StorePasswordWrong, TimeUp
from certtray.core.secret import Secret
from certtray.crypto.pfx import open_pfx
from certtray.flows.chosen_stores import choose_places, places
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.hand import InHand
from certtray.flows.operations import Operation, Step
from certtray.flows.put_in_stores import ask_primary, ask_protection, parcels_of, put_all
from certtray.flows.recorded import record
from certtray.inventory.history import What
from certtray.media.base import Unlock
from certtray.media.pfx import NEW_FILE
from certtray.stores.base import Parcel
from certtray.stores.every import stores_here
from certtray.system.files import read_limited


def carried(context: Context, folder: Path, password: Secret) -> tuple[Parcel, ...]:
    """Return what was assembled in an operation's ``folder``, while its password is still known."""
    path = folder / NEW_FILE
    content = open_pfx(read_limited(path), password, str(path))
    return parcels_of(content.pairs, content.others, context.inventory)


def put_in_place(context: Context, folder: Path, target: Path, hand: InHand) -> Path | None:
    """Install what was assembled in ``folder``; a store's own password is asked for when it wants one.

    StorePasswordNeeded where the person has none.
    """
    store, wrong = None, None
    while True:
        unlock = Unlock(hand.password, store, hand.parcels)
        try:
            return context.face.wait("install", lambda: context.medium.install(folder, target, context.archive, unlock))  # noqa: B023
        except StorePasswordNeeded as needed:
            error: StorePasswordNeeded | StorePasswordWrong = needed
        except StorePasswordWrong as refused:
            error = wrong = refused
        store = ask_primary(context.face, str(error.facts["store"]), wrong)
        if store is None:
            raise error


def install_everywhere(context: Context, operation: Operation, hand: InHand) -> None:
    """Offer every store that lacks the new certificate, or by the setting fill it; no password is asked a second time.

    The certificate is in place already: who stops here has lost nothing, and is told how to do it later.
    """
    if operation.step is not Step.INSTALLED or context.install_everywhere == "never":
        return
    face, parcels = context.face, hand.parcels
    if not parcels:  # carried on without its password: nobody need be asked for it now
        if stores_here(Path.home(), os.environ):
            face.tell(Event("stores_later"))
        return
    try:
        found = places(face, with_system=False)
        lacking = [each for each in found if each.error is None and each.lacks_any(parcels)]
        if not lacking:
            return
        chosen = lacking
        if context.install_everywhere == "ask":
            chosen = choose_places(face, "install_stores", found, lacking, parcels) or []
        if not chosen:
            face.tell(Event("stores_later"))
            return
        done = put_all(face, chosen, parcels, ask_protection(face, chosen), context.clock())
    except (Cancelled, TimeUp):
        face.tell(Event("stores_later"))
        return
    if any(each.error is None for each in done):
        fingerprints = [parcel.fingerprint for parcel in parcels]
        record(face, context.history, context.clock(), What.INSTALL, fingerprints, operation.id)
