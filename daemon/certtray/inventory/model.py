"""What a scan saw, and what the inventory says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from certtray.core.certificate import Certificate
from certtray.core.drift import Cell
from certtray.core.identity import Identity
from certtray.core.revocation import Verdict
from certtray.core.store import Store, Unread
from certtray.crypto.content import FileContent

READ_AGAIN = -1
"""A size no file has: the next scan reads the file again."""


class Stamp(NamedTuple):
    """What changes when a file changes: size in bytes (or READ_AGAIN), time in ns, inode and device (0: not told)."""

    size: int
    mtime_ns: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file could not be read: code and facts of a CertTrayError, without the path."""

    code: str
    facts: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Observation:
    """One file as a scan found it.

    ``sha256`` (hex) is None where the bytes could not be read. With neither content nor problem, the content is one the
    inventory remembers under that hash.
    """

    path: str
    stamp: Stamp
    sha256: str | None
    content: FileContent | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a merge changed, as paths."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


TOKEN_PREFIX: Final = "token:"  # noqa: S105  # not a secret
"""What the path of a place on a card or token begins with; its serial number follows."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds a certificate; ``kind`` as in FileContent or in Store, or ``token``.

    ``path`` is a file, the folder of a store's database, or ``token:`` and a serial number; ``store`` is the label of a
    store or token, empty for a file.
    """

    kind: str
    path: str
    has_key: bool
    store: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate and every place it is in: files by path, then stores by path."""

    certificate: Certificate
    locations: tuple[Location, ...]
    verdict: Verdict | None = None
    """What its issuer last said of it; None while it was never asked."""

    @property
    def has_key(self) -> bool:
        """Whether its private key lies beside it somewhere."""
        return any(location.has_key for location in self.locations)


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file nothing is known about, and why."""

    path: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class KnownStore:
    """A store there is, and why it could not be read (None: it was)."""

    store: Store
    reason: Unread | None


DRIFT = "drift"
"""What the one notice about stores is called where notices go by a certificate's fingerprint."""


class DriftAt(NamedTuple):
    """One drift: an identity, a store by its folder, and how the store stands."""

    identity: Identity
    path: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class DriftSeen:
    """Since when a drift is there, and when it was told (None: not yet); aware UTC."""

    since: datetime
    told: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """What the person asked not to hear for now; times are aware UTC, and may have passed."""

    paused_until: datetime | None = None
    """All notices."""
    snoozed: Mapping[str, datetime] = field(default_factory=dict)
    """Of one certificate, by fingerprint, or of all stores (``DRIFT``)."""


NOTHING_QUIET = Quiet()
