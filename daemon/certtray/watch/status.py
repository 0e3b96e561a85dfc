"""What a listing says of each certificate: its issuer, its state and the one next step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from certtray.core.certificate import Certificate
from certtray.core.dates import days_left
from certtray.core.identity import identity, is_mine
from certtray.core.newest import renewed_by
from certtray.core.states import Action, State, certificate_state
from certtray.inventory.matrix import successors
from certtray.inventory.model import Entry
from certtray.rules.profile import Profile, Way
from certtray.rules.profiles import match


@dataclass(frozen=True, slots=True)
class Status:
    """One certificate as it stands now."""

    entry: Entry
    profile: Profile | None
    state: State
    days_left: int
    mine: bool
    """Whether it concerns the person at all; a CA's certificate beside theirs does not."""
    replaced_by: Certificate | None


_REINSTATING = {Way.MENU: Action.REINSTATE, Way.COUNTER: Action.COUNTER, Way.PAPER: Action.COUNTER}


def state_of(entry: Entry, profile: Profile | None, now: datetime, replaced_by: Certificate | None = None) -> State:
    """Return the state at ``now`` of a person's certificate under its issuer's rules, as far as the issuer is known."""
    return certificate_state(
        entry.certificate,
        now,
        window=profile.renewal.opens if profile else None,
        after_expiry=Action(profile.renewal.after_expiry.value) if profile else Action.ASK_ISSUER,
        renewal=Action.RENEW if profile else Action.ASK_ISSUER,
        replaced_by=replaced_by,
        verdict=entry.verdict,
        reinstating=_REINSTATING.get(profile.manage.reinstate, Action.ASK_ISSUER) if profile else Action.ASK_ISSUER,
    )


def statuses(entries: Iterable[Entry], profiles: Sequence[Profile], now: datetime) -> list[Status]:
    """Return the status of every entry, in the order given."""
    entries = list(entries)
    groups = successors(entries)
    found = []
    for entry in entries:
        certificate = entry.certificate
        profile = match(certificate, profiles)
        replaced_by = None
        if mine := is_mine(certificate, entry.has_key):
            replaced_by = renewed_by(certificate, groups.get(identity(certificate), ()), now)
            state = state_of(entry, profile, now, replaced_by)
        else:
            state = certificate_state(certificate, now, after_expiry=Action.NONE, renewal=Action.NONE)
        found.append(Status(entry, profile, state, days_left(certificate.not_after, now), mine, replaced_by))
    return found
