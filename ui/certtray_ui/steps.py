"""The bar above a procedure: which of its steps a question belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from certtray.core.certificate import Usage
from certtray.flows.procedures import PROCEDURES
from certtray.rules.profile import Factor, Profile, Way


def steps(
    flow: str, keys: Sequence[str], events: Sequence[str], profile: Profile | None = None
) -> tuple[tuple[str, ...], int]:
    """Return the steps of ``flow`` at an issuer and the index of the present one, from questions asked and events told."""
    # Logging in may lead on into applying or renewing, and then has their steps.
    if flow == "login" and {"birth_date", "otp_contact", "otp", "terms", "registration"} & set(keys):
        flow = "renew" if "file_password" in keys else "apply"
    bar = [each for each in PROCEDURES[flow].steps if profile is None or not _skipped(flow, each[0], profile)]
    names = tuple(name for name, _ in bar)
    if "kept" in events or ("resuming" in events and "issued" in events):
        return names, len(names) - 1
    reached = [index for index, (_, questions) in enumerate(bar) if set(questions) & set(keys)]
    return names, max(reached, default=0)


def _skipped(flow: str, step: str, profile: Profile) -> bool:
    """Say whether an issuer's profile has nothing for a step of applying or renewing."""
    if flow not in ("apply", "renew", "fedi", "lost"):
        return False
    factors = profile.renew_factors if flow == "renew" else profile.apply_factors
    match step:
        case "identity":
            return not {Factor.BIRTH_DATE, Factor.APPLY_PASSWORD} & set(factors)
        case "code":
            return Factor.OTP not in factors
        case "choose" if flow != "lost":
            return profile.manage.register is Way.NONE and profile.pairs == (Usage.BOTH,)
        case _:
            return False
