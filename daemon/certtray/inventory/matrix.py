"""Every store beside every identity of the person: the drift matrix, as all faces show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from certtray.core.certificate import Certificate
from certtray.core.drift import Cell, cell, wanted
from certtray.core.identity import Identity, identity, is_mine
from certtray.core.newest import by_identity
from certtray.inventory.model import Entry, KnownStore
from certtray.rules.profile import Medium, Profile
from certtray.rules.profiles import match

CARDS: Final = frozenset({Medium.TOKEN.value, "hicos"})
"""Kinds of places whose keys never leave a card; ``hicos`` is the local service of a card's own program."""


@dataclass(frozen=True, slots=True)
class Square:
    """How one store stands towards one identity."""

    cell: Cell
    drifts: bool
    """Whether it is worth a word: a certificate that no store ever had is not missed in any."""
    left_over: tuple[Certificate, ...]
    """What lies there of the identity beside the one wanted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One identity."""

    identity: Identity
    target: Certificate
    """The one every store should hold."""
    profile: Profile | None
    key_at_hand: bool
    """Whether its key lies on this computer, so that it can be installed."""
    squares: tuple[Square, ...]
    """In the order of the matrix's stores."""

    @property
    def drifts(self) -> bool:
        """Whether any store is not as it should be."""
        return any(square.drifts for square in self.squares)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Stores in the order the scan met them, identities by what ends first."""

    stores: tuple[KnownStore, ...] = ()
    lines: tuple[Line, ...] = ()

    def drifts(self) -> Iterator[tuple[Line, KnownStore, Square]]:
        """Every square that is worth a word, with where it stands."""
        for line in self.lines:
            for known, square in zip(self.stores, line.squares, strict=True):
                if square.drifts:
                    yield line, known, square

    @property
    def drifting_stores(self) -> int:
        """How many stores are not as they should be."""
        return len({known.store.folder for _, known, _ in self.drifts()})


def successors(entries: Iterable[Entry]) -> dict[Identity, list[Certificate]]:
    """Return, by identity, the person's certificates that may take another one's place: those that stand."""
    return by_identity(
        entry.certificate
        for entry in entries
        if is_mine(entry.certificate, entry.has_key) and (entry.verdict is None or entry.verdict.stands)
    )


def matrix(
    stores: Iterable[KnownStore], entries: Sequence[Entry], profiles: Sequence[Profile], now: datetime
) -> Matrix:
    """Return how every store stands towards every identity at ``now``; nothing where there is no store."""
    stores = tuple(stores)
    if not stores:
        return Matrix()
    held = _Held(entries)
    return Matrix(
        stores, tuple(_line(own, group, stores, held, profiles, now) for own, group in successors(entries).items())
    )


class _Held:
    """What lies where."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.keys: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        """By store, then fingerprint: whether its key lies beside it."""
        self.authorities: defaultdict[str, list[Certificate]] = defaultdict(list)
        self.of: defaultdict[Identity, dict[str, list[Certificate]]] = defaultdict(dict)
        """By identity, then store; what a card holds is in use on the card."""
        self.entries: dict[str, Entry] = {}
        for entry in entries:
            certificate = entry.certificate
            self.entries[certificate.fingerprint] = entry
            for place in entry.locations:
                if place.store:
                    self.keys[place.path][certificate.fingerprint] = place.has_key
                    if place.kind not in CARDS:
                        self.of[identity(certificate)].setdefault(place.path, []).append(certificate)
                    if certificate.is_ca:
                        self.authorities[place.path].append(certificate)


def _line(
    own: Identity,
    group: Sequence[Certificate],
    stores: Sequence[KnownStore],
    held: _Held,
    profiles: Sequence[Profile],
    now: datetime,
) -> Line:
    target = wanted(group, now)
    profile, locations = match(target, profiles), held.entries[target.fingerprint].locations
    key_at_hand = any(place.has_key and place.kind not in CARDS for place in locations)
    seen_on_card = any(place.kind in CARDS for place in locations)
    token_only = profile is not None and set(profile.media) == {Medium.TOKEN}
    on_card = not key_at_hand and (seen_on_card or token_only)
    used, squares = held.of.get(own, {}), []
    for known in stores:
        path, via_card = str(known.store.folder), on_card or known.store.kind in CARDS
        keys = None if known.reason else held.keys[path]
        stands = cell(group, keys, held.authorities[path], now, via_card=via_card)
        drifts = stands.drifts and (stands is not Cell.MISSING or bool(used))
        left_over = tuple(each for each in used.get(path, ()) if each != target)
        squares.append(Square(stands, drifts, left_over))
    return Line(own, target, profile, key_at_hand, tuple(squares))
