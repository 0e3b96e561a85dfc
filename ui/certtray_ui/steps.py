"""The bar above a procedure: which of its steps a question belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from certtray.flows.procedures import PROCEDURES


def steps(flow: str, keys: Sequence[str], events: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the steps of ``flow`` and the index of the present one, from the questions asked and the events told."""
    # Logging in may lead on into applying or renewing, and then has their steps.
    if flow == "login" and {"birth_date", "otp_contact", "otp"} & set(keys):
        flow = "renew" if "file_password" in keys else "apply"
    bar = PROCEDURES[flow].steps
    names = tuple(name for name, _ in bar)
    if "kept" in events or ("resuming" in events and "issued" in events):
        return names, len(names) - 1
    reached = [index for index, (_, questions) in enumerate(bar) if set(questions) & set(keys)]
    return names, max(reached, default=0)
