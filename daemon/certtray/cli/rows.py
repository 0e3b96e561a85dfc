"""The rows of ``list``, ``scan`` and ``check``: the same fields everywhere (README, "JSON rows")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from certtray.core.certificate import Certificate
from certtray.core.dates import days_left
from certtray.core.identity import is_mine
from certtray.core.masks import mask_numbers
from certtray.core.newest import by_identity, renewed_by
from certtray.core.states import Action, certificate_state, file_state
from certtray.inventory.db import Inventory
from certtray.inventory.model import BadFile, Entry, Problem
from certtray.rules.profile import Profile
from certtray.rules.profiles import match

Row = dict[str, Any]


def rows_of(inventory: Inventory, profiles: Mapping[str, Profile], now: datetime, *, full: bool) -> list[Row]:
    """Return a row for each certificate, soonest end first, then one for each file that could not be read.

    Personal numbers in names are masked unless ``full``; ``path`` is always whole, for scripts have to open it.
    """
    entries = inventory.entries()
    groups = [group for group in by_identity(entry.certificate for entry in entries).values() if len(group) > 1]
    newer = {old.fingerprint: found for group in groups for old in group if (found := renewed_by(old, group, now))}
    rows = [
        _certificate_row(entry, profiles.values(), newer.get(entry.certificate.fingerprint), now, full)
        for entry in entries
    ]
    return rows + [_bad_row(bad) for bad in inventory.bad_files()]


def _certificate_row(
    entry: Entry, profiles: Iterable[Profile], newer: Certificate | None, now: datetime, full: bool
) -> Row:
    certificate = entry.certificate
    profile = match(certificate, profiles)
    state = certificate_state(
        certificate,
        now,
        window=profile.renewal.opens if profile else None,
        after_expiry=Action(profile.renewal.after_expiry) if profile else Action.ASK_ISSUER,
        renewal=Action.RENEW if profile else Action.ASK_ISSUER,
        replaced_by=newer,
    )
    show = str if full else mask_numbers
    return {
        "fingerprint_sha256": certificate.fingerprint,
        "subject_cn": show(certificate.subject_cn),
        "issuer_cn": certificate.issuer_cn,
        "serial_hex": certificate.serial_hex,
        "usage": certificate.usage,
        "ca": certificate.is_ca,
        "mine": is_mine(certificate, entry.has_key),
        "not_before": iso(certificate.not_before),
        "not_after": iso(certificate.not_after),
        "days_left": days_left(certificate.not_after, now),
        "state": state.name,
        "reason": state.reason,
        "next": state.action,
        "locations": [{"kind": place.kind, "path": place.path, "has_key": place.has_key} for place in entry.locations],
        "issuer_profile": profile.id if profile else None,
    }


def _bad_row(bad: BadFile) -> Row:
    state = file_state(bad.problem.code)
    return {
        "path": bad.path,
        "error": bad.problem.code,
        "facts": dict(bad.problem.facts),
        "state": state.name,
        "reason": state.reason,
        "next": state.action,
    }


def unreadable_row(path: str, error: OSError) -> Row:
    """Return the row of a folder or file the system does not let us into."""
    return _bad_row(BadFile(path, Problem("file-unreadable", {"reason": error.strerror or type(error).__name__})))


def iso(moment: datetime) -> str:
    """Return an aware UTC time as ``2024-03-07T15:59:59Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
