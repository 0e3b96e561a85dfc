"""The bar above a procedure: which of its steps a question belongs to."""

from __future__ import annotations

from collections.abc import Sequence

_STEP_OF = {
    "old_file": "file",
    "file_password": "file",
    "national_id": "login",
    "trading_password": "login",
    "apply_beside_valid": "login",
    "birth_date": "identity",
    "otp_contact": "code",
    "otp": "code",
    "otp_time_up": "code",
    "terms": "terms",
    "new_file_password": "password",
    "pending_password": "password",
}
_STEPS = {
    "renew": ("file", "login", "identity", "code", "terms", "password", "install"),
    "apply": ("login", "identity", "code", "terms", "password", "install"),
    "login": ("login", "compare"),
    "resume": ("login", "password", "install"),
    "unlock": ("open", "remember"),
}


def steps(flow: str, keys: Sequence[str], events: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the steps of ``flow`` and the index of the present one, from the questions asked and the events told."""
    # Logging in may lead on into applying or renewing, and then has their steps.
    if flow == "login" and {"birth_date", "otp_contact", "otp"} & set(keys):
        flow = "renew" if "file_password" in keys else "apply"
    bar = _STEPS[flow]
    if flow == "unlock":
        return bar, int("remember_password" in keys)
    if "kept" in events or ("resuming" in events and "issued" in events):
        return bar, len(bar) - 1
    known = [bar.index(step) for key in keys if (step := _STEP_OF.get(key)) in bar]
    return bar, max(known, default=0)
