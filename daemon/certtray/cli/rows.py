"""The rows of ``list``, ``scan`` and ``check``: the same fields everywhere (README, "JSON rows")."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from certtray.core.masks import mask_numbers
from certtray.core.revocation import Verdict
from certtray.core.states import file_state
from certtray.inventory.db import Inventory
from certtray.inventory.model import BadFile, Problem
from certtray.rules.profile import Profile
from certtray.watch.status import Status, statuses

Row = dict[str, Any]


def rows_of(inventory: Inventory, profiles: Iterable[Profile], now: datetime, *, full: bool) -> list[Row]:
    """Return a row for each certificate, soonest end first, then one for each file that could not be read.

    Personal numbers in names are masked unless ``full``; ``path`` is always whole, for scripts have to open it.
    """
    found = statuses(inventory.entries(), tuple(profiles), now)
    return [_certificate_row(status, full) for status in found] + [_bad_row(bad) for bad in inventory.bad_files()]


def _certificate_row(status: Status, full: bool) -> Row:
    certificate, state = status.entry.certificate, status.state
    show = str if full else mask_numbers
    return {
        "fingerprint_sha256": certificate.fingerprint,
        "subject_cn": show(certificate.subject_cn),
        "issuer_cn": certificate.issuer_cn,
        "serial_hex": certificate.serial_hex,
        "usage": certificate.usage,
        "ca": certificate.is_ca,
        "mine": status.mine,
        "not_before": iso(certificate.not_before),
        "not_after": iso(certificate.not_after),
        "days_left": status.days_left,
        "state": state.name,
        "reason": state.reason,
        "next": state.action,
        "revocation": _verdict(status.entry.verdict),
        "locations": [
            {"kind": place.kind, "path": place.path, "has_key": place.has_key, "store": place.store}
            for place in status.entry.locations
        ],
        "issuer_profile": status.profile.id if status.profile else None,
    }


def _verdict(verdict: Verdict | None) -> Row | None:
    """Return what the issuer last said, None while it was never asked."""
    if verdict is None:
        return None
    return {
        "standing": verdict.standing,
        "reason": verdict.reason,
        "since": iso(verdict.since) if verdict.since else None,
        "source": verdict.source,
        "asked": iso(verdict.asked) if verdict.asked else None,
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
