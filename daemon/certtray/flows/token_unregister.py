"""What ``token register`` made known to browsers taken away again: the module's entry and certificates without a key."""

from __future__ import annotations

from collections.abc import Iterable

from certtray.core.errors import CertTrayError
from certtray.core.masks import mask_numbers
from certtray.flows.chosen_stores import Place, places
from certtray.flows.done import Cell, Done, Word
from certtray.flows.put_in_stores import summary
from certtray.flows.recorded import record
from certtray.flows.stage import Stage
from certtray.flows.token_register import choose, treat_all
from certtray.inventory.history import History, What
from certtray.inventory.model import Entry
from certtray.stores.nss_cards import own_entries, reaches_cards, unregister


def play(stage: Stage, serial: str) -> Done:
    """Ask where; the card need not be there, nor is it touched. Only entries that we made go, with certificates seen on cards."""
    found = [each for each in places(stage.face, with_system=False) if _has_ours(each)]
    if not found:
        return Done("card_nowhere", data={"stores": []}, level="info")
    on_cards = [each for each in stage.inventory.entries() if _is_on(each, serial)]
    ders = [der for each in on_cards if (der := stage.inventory.der(each.certificate.fingerprint))]
    rows: list[tuple[Cell, Cell]] = [(mask_numbers(each.store.label), _will_go(each, ders)) for each in found]
    wanted = choose(stage.face, "unregister_stores", "", found, found, rows)
    if not wanted:
        return Done("card_stays", data={"stores": []}, level="info")

    def work(place: Place) -> None:
        for entry in own_entries(place.store):
            unregister(place.store, entry, ders)

    done = treat_all(stage.face, wanted, work)
    if any(each.error is None for each in done):
        fingerprints = [each.certificate.fingerprint for each in on_cards]
        record(stage.face, History(stage.home.history), stage.clock(), What.TOKEN_UNREGISTER, fingerprints)
    return summary("card_unregistered", done)


def _has_ours(place: Place) -> bool:
    try:
        return reaches_cards(place.store) and bool(own_entries(place.store))
    except CertTrayError:
        return False


def _is_on(entry: Entry, serial: str) -> bool:
    """Say whether a certificate was seen on the card with this serial number, or on any."""
    places = [each.path for each in entry.locations if each.kind == "token"]
    return f"token:{serial}" in places if serial else bool(places)


def _will_go(place: Place, ders: Iterable[bytes]) -> Word:
    bare = [each for each in place.reading.held if not each.has_key and each.der in ders]
    names = "、".join(each.name for each in own_entries(place.store))
    return Word("card_will_go", {"name": names, "n": len(bare)})
