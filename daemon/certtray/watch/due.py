"""What is to be said now, each certificate's level once (DESIGN.md 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from certtray.core.certificate import Certificate
from certtray.core.dates import days_left
from certtray.core.identity import identity, is_mine
from certtray.core.levels import Level, Told, due, level, standing_level
from certtray.core.newest import renewed_by
from certtray.core.states import State
from certtray.inventory.db import Inventory
from certtray.inventory.matrix import matrix, successors
from certtray.inventory.model import DRIFT, NOTHING_QUIET, Entry, Quiet
from certtray.rules.profile import Profile
from certtray.rules.profiles import match
from certtray.watch.drift import Drift, met, to_tell
from certtray.watch.quiet import paused, snoozed
from certtray.watch.status import state_of


@dataclass(frozen=True, slots=True)
class Notice:
    """One certificate and what is to be said of it."""

    certificate: Certificate
    level: Level
    days_left: int
    profile: Profile | None
    state: State


@dataclass(frozen=True, slots=True)
class Renewed:
    """A valid certificate that took the place of one a notice stood for."""

    certificate: Certificate
    profile: Profile | None


@dataclass(frozen=True, slots=True)
class Digest:
    """All that is to be said at one time; false if nothing is."""

    notices: tuple[Notice, ...]
    """Most urgent first."""
    withdraw: tuple[str, ...]
    """Fingerprints whose earlier notice is no longer true: renewed, gone, or told under a wrong clock.

    ``DRIFT`` is among them where all stores the notice spoke of are well.
    """
    renewed: tuple[Renewed, ...] = ()
    """What replaced those among ``withdraw`` that were renewed."""
    drifts: tuple[Drift, ...] = ()
    """All that is to be said of stores: one notice, however many there are."""

    def __bool__(self) -> bool:
        return bool(self.notices or self.withdraw or self.drifts)


def standing_levels(entries: Iterable[Entry], profiles: Sequence[Profile], now: datetime) -> list[Notice]:
    """Return every certificate that is worth a notice now, whether or not it was told, most urgent first."""
    notices, entries = [], list(entries)
    groups = successors(entries)
    for entry in entries:
        certificate = entry.certificate
        if not is_mine(certificate, entry.has_key):
            continue
        profile = match(certificate, profiles)
        current = standing_level(entry.verdict) or level(certificate, profile.renewal.opens if profile else None, now)
        if current is not None and renewed_by(certificate, groups.get(identity(certificate), ()), now) is None:
            left, state = days_left(certificate.not_after, now), state_of(entry, profile, now)
            notices.append(Notice(certificate, current, left, profile, state))
    return sorted(notices, key=lambda notice: (notice.certificate.not_after, notice.certificate.fingerprint))


def digest(
    entries: Iterable[Entry],
    profiles: Sequence[Profile],
    told: Mapping[str, Sequence[Told]],
    standing: Iterable[str],
    now: datetime,
    quiet: Quiet = NOTHING_QUIET,
) -> Digest:
    """Return what is to be said at ``now``: levels not told yet, and notices among ``standing`` to take back.

    Nothing is said while paused, nor of a certificate that is snoozed; when its snooze is over it is said once more,
    told or not.
    """
    entries = list(entries)
    current = standing_levels(entries, profiles, now)
    true_now = {notice.certificate.fingerprint for notice in current}
    withdraw = tuple(sorted(set(standing) - true_now))

    def wanted(notice: Notice) -> bool:
        fingerprint = notice.certificate.fingerprint
        if paused(quiet, now) or (notice.days_left != 0 and snoozed(quiet, fingerprint, now)):
            return False  # the last day does not wait
        return fingerprint in quiet.snoozed or due(notice.level, told.get(fingerprint, ()), now)

    return Digest(tuple(filter(wanted, current)), withdraw, _successors(entries, profiles, withdraw, now))


def tell(
    inventory: Inventory, profiles: Sequence[Profile], now: datetime, hand_over: Callable[[Digest], None]
) -> Digest:
    """Hand what is due over, then record it as told in one transaction.

    If ``hand_over`` raises, nothing is recorded and the same is said next time. Only one process may do this at a time
    (the one that holds ``single("tray")``).
    """
    journal = inventory.journal
    entries, standing, quiet = inventory.entries(), journal.standing(), journal.quiet()
    shown, before = matrix(inventory.stores.all(), entries, profiles, now), journal.drifts()
    seen = met(shown, before, now)
    if seen != before:
        journal.meet(seen)
    due_now = digest(entries, profiles, journal.told(), standing - {DRIFT}, now, quiet)
    drifts = to_tell(shown, seen, now, quiet)
    well = DRIFT in standing and not drifts and all(each.told is None for each in seen.values())
    said = replace(due_now, drifts=drifts, withdraw=(*due_now.withdraw, *((DRIFT,) if well else ())))
    if said:
        hand_over(said)
        levels = ((each.certificate.fingerprint, each.level.days) for each in said.notices)
        journal.tell(levels, said.withdraw, now, (each.at for each in drifts))
    return said


def _successors(
    entries: Iterable[Entry], profiles: Sequence[Profile], withdrawn: Sequence[str], now: datetime
) -> tuple[Renewed, ...]:
    if not withdrawn:
        return ()
    entries = list(entries)
    groups = successors(entries)
    found = (
        renewed_by(entry.certificate, groups.get(identity(entry.certificate), ()), now)
        for entry in entries
        if entry.certificate.fingerprint in withdrawn
    )
    unique = dict.fromkeys(certificate for certificate in found if certificate is not None)
    return tuple(Renewed(certificate, match(certificate, profiles)) for certificate in unique)
