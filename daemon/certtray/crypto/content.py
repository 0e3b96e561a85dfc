"""What a certificate file holds, as far as can be said without touching a private key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from certtray.core.certificate import Certificate

Kind = Literal["pfx", "pem", "der", "p7b", "system_store"]


@dataclass(frozen=True, slots=True)
class Holding:
    """One certificate of a file, and whether the file also holds its private key."""

    certificate: Certificate
    der: bytes
    has_key: bool


@dataclass(frozen=True, slots=True)
class FileContent:
    """Every certificate of a file in the file's order."""

    kind: Kind
    holdings: tuple[Holding, ...]
    opened_with: int | None = None
    """Which of the given passwords opened it; None where none was needed."""


def holdings(certificates: Sequence[tuple[Certificate, bytes]], owners: Iterable[int]) -> tuple[Holding, ...]:
    """Return holdings; ``owners`` are the positions of the certificates whose key is in the file."""
    having = frozenset(owners)
    return tuple(Holding(facts, der, at in having) for at, (facts, der) in enumerate(certificates))


def likely_owners(certificates: Sequence[Certificate], keys: int, taken: Iterable[int] = ()) -> list[int]:
    """Return the positions of the certificates that ``keys`` unlabelled keys belong to.

    Nothing in such a file says so short of reading the keys. Programs write a holder's certificate before those above
    it, so the keys go to the first certificates that are not an authority's, and only without any to the first of all.
    """
    free = [at for at in range(len(certificates)) if at not in frozenset(taken)]
    free.sort(key=lambda at: certificates[at].is_ca)  # stable: file order within each group
    holders = [at for at in free if not certificates[at].is_ca]
    return free[:keys] if not holders else holders[:keys]
