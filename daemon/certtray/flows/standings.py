"""How a certificate stands at its issuer, in words."""

from __future__ import annotations

from certtray.core.dates import taiwan_date
from certtray.core.revocation import Standing, Verdict
from certtray.flows.done import Word


def standing_word(verdict: Verdict | None) -> Word:
    """Return how a certificate stands; None is for a root, which nobody stands above."""
    if verdict is None:
        return Word("standing_root")
    since = f"{taiwan_date(verdict.since):%Y/%m/%d}" if verdict.since else ""
    match verdict.standing:
        case Standing.UNKNOWN:
            return Word("standing_unknown", {"why_unknown": verdict.reason})
        case Standing.REVOKED:
            return Word("standing_revoked", {"since": since, "why_revoked": verdict.reason})
        case standing:
            return Word(f"standing_{standing}", {"since": since})
