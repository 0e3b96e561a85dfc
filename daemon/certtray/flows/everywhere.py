"""The end of applying and renewing: the new certificate goes into the browsers too (1-08, 1-10)."""

from __future__ import annotations

from pathlib import Path

from certtray.core.errors import Cancelled, TimeUp
from certtray.core.secret import Secret
from certtray.crypto.pfx import open_pfx
from certtray.flows.chosen_stores import choose_places, places
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.hand import InHand
from certtray.flows.operations import Operation, Step
from certtray.flows.put_in_stores import ask_protection, parcels_of, put_all
from certtray.flows.recorded import record
from certtray.inventory.history import What
from certtray.media.pfx import NEW_FILE
from certtray.stores.base import Parcel
from certtray.system.files import read_limited


def carried(context: Context, folder: Path, password: Secret) -> tuple[Parcel, ...]:
    """Return what was assembled in an operation's ``folder``, while its password is still known."""
    path = folder / NEW_FILE
    content = open_pfx(read_limited(path), password, str(path))
    return parcels_of(content.pairs, content.others, context.inventory)


def install_everywhere(context: Context, operation: Operation, hand: InHand) -> None:
    """Offer every store that lacks the new certificate, or by the setting fill it; no password is asked a second time.

    The certificate is in place already: who stops here has lost nothing, and is told how to do it later.
    """
    if operation.step is not Step.INSTALLED or context.install_everywhere == "never":
        return
    face, parcels = context.face, hand.parcels
    try:
        found = places(face, with_system=False)
        lacking = [each for each in found if each.error is None and each.lacks_any(parcels)]
        if found and not parcels:  # carried on without its password: nobody need be asked for it now
            face.tell(Event("stores_later"))
        if not lacking:
            return
        chosen = lacking
        if context.install_everywhere == "ask":
            chosen = choose_places(face, "install_stores", found, lacking, parcels) or []
        if not chosen:
            face.tell(Event("stores_later"))
            return
        done = put_all(face, chosen, parcels, ask_protection(face, chosen))
    except (Cancelled, TimeUp):
        face.tell(Event("stores_later"))
        return
    if any(each.error is None for each in done):
        fingerprints = [parcel.fingerprint for parcel in parcels]
        record(face, context.history, context.clock(), What.INSTALL, fingerprints, operation.id)
