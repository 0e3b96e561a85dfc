"""A card's certificates to the system and its module to the browsers (3-24 載具憑證匯至系統, 4-23 晶片卡憑證匯入IE, 4-27).

Certificates only, and the authorities above them: the key stays on the card, and a browser reaches it through the module.
Windows and macOS do this by themselves, through the vendor's driver, whenever the card is put in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from certtray.core.errors import CertTrayError, NoneFits, TokenModuleFailed
from certtray.core.masks import mask_numbers
from certtray.flows.chosen_stores import Place, places
from certtray.flows.done import Cell, Done, Word
from certtray.flows.face import Event, Face
from certtray.flows.put_in_stores import Treated, summary
from certtray.flows.questions import Action, Option, Several
from certtray.flows.recorded import record
from certtray.flows.stage import Stage
from certtray.flows.tokens import Hand, chosen
from certtray.inventory.history import History, What
from certtray.stores.nss_cards import module_entry, reaches_cards, register
from certtray.stores.relatives import above
from certtray.token.model import self_signed


@dataclass(frozen=True, slots=True)
class Card:
    """What is made known: a module and its library, certificates in force and the authorities above them (DER)."""

    module: str
    library: Path
    certificates: tuple[bytes, ...]
    authorities: tuple[bytes, ...]

    @property
    def rows(self) -> Sequence[tuple[Cell, Cell]]:
        """What will go where it is chosen, said beforehand."""
        authorities = Word("card_authorities", {"n": len(self.authorities)}) if self.authorities else Word("card_no_ca")
        return (
            (Word("card_certificates"), Word("card_without_keys", {"n": len(self.certificates)})),
            (Word("card_issuers"), authorities),
            (Word("card_module"), mask_numbers(f"{self.module} ({self.library})")),
        )

    def is_in(self, place: Place) -> bool:
        """Say whether all of it is there already."""
        held = {each.der for each in place.reading.held}
        return module_entry(place.store, self.library) is not None and held.issuperset(
            [*self.certificates, *self.authorities]
        )


def play(stage: Stage, serial: str) -> Done:
    """Say what will happen, ask where, and do it; needs no PIN. NoneFits where no certificate on the card is in force."""
    with chosen(stage.face, stage.home, serial) as hand:
        card, name = _card(stage, hand), hand.token.name
        fingerprints = [each.certificate.fingerprint for each in hand.token.held if each.der in card.certificates]
        stage.inventory.tokens.merge((hand.token,), stage.clock())  # a certificate of a card is not missed anywhere
    found = places(stage.face, with_system=True)
    offered = [each for each in found if reaches_cards(each.store)]
    if not offered:
        return Done("card_by_itself", {"token": name}, data={"stores": []}, level="info")
    rows = [*card.rows, *(said(each, card) for each in found)]
    proposed = [each for each in offered if each.error is None and not card.is_in(each)]
    wanted = choose(stage.face, "register_stores", name, offered, proposed, rows)
    if not wanted:
        return Done("card_not_registered", {"token": name}, data={"stores": []}, level="info")
    done = treat_all(
        stage.face,
        wanted,
        lambda place: register(place.store, card.module, card.library, card.certificates, card.authorities),
    )
    if any(each.error is None for each in done):
        record(stage.face, History(stage.home.history), stage.clock(), What.TOKEN_REGISTER, fingerprints)
    return summary("card_registered", done)


def choose(
    face: Face,
    key: str,
    token: str,
    offered: Iterable[Place],
    proposed: Iterable[Place],
    rows: Sequence[tuple[Cell, Cell]],
) -> list[Place]:
    """Ask which of the stores are meant."""
    offered = list(offered)
    options = tuple(Option(each.id, "store", {"name": each.store.label}) for each in offered)
    chosen_ids = tuple(each.id for each in proposed)
    answer = face.ask(Several(key=key, facts={"token": token}, options=options, chosen=chosen_ids, rows=rows))
    return [] if isinstance(answer, Action) else [each for each in offered if each.id in answer]


def treat_all(face: Face, wanted: Iterable[Place], work: Callable[[Place], None]) -> list[Treated]:
    """Do ``work`` on one store after another; what goes wrong in one stops no other. Certificates need no password."""
    done = []
    for place in wanted:
        done.append(_treat(face, place, work))
        if done[-1].restart:
            face.tell(Event("restart_browser", {"name": place.store.name}))
    return done


def _treat(face: Face, place: Place, work: Callable[[Place], None]) -> Treated:
    if place.error is not None:
        return Treated(place, place.error)
    try:
        face.wait("store_put", lambda: work(place))
    except CertTrayError as error:
        if error.code == "cancelled":
            raise
        return Treated(place, error)
    return Treated(place)


def _card(stage: Stage, hand: Hand) -> Card:
    now, library = stage.clock(), hand.module.path
    if library is None:
        raise TokenModuleFailed(module=hand.module.name, rule="missing")
    mine = [
        each.der
        for each in hand.token.held
        if not (each.certificate.is_ca or self_signed(each.certificate)) and now <= each.certificate.not_after
    ]
    if not mine:
        raise NoneFits(issuer=hand.token.name, rule="token-register")
    known = [stage.inventory.der(each.certificate.fingerprint) for each in stage.inventory.entries()]
    others = [*(each.der for each in hand.token.held), *(der for der in known if der)]
    authorities = dict.fromkeys(der for each in mine for der in above(each, others))
    return Card(hand.module.name, library.absolute(), tuple(mine), tuple(authorities))


def said(place: Place, card: Card) -> tuple[Cell, Cell]:
    """Return what will happen in one store, and why nothing does where nothing can be done."""
    name = mask_numbers(place.store.label)
    if place.store.kind != "nss":
        return name, Word("card_by_system")
    if not reaches_cards(place.store):
        return name, Word("card_sandboxed")
    if place.error is not None:
        return name, place.error
    if card.is_in(place):
        return name, Word("card_there")
    running = place.state is not None and place.state.running
    return name, Word("card_will_restart" if running else "card_will")
