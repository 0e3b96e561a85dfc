"""The state of a certificate or a file: a name, a reason, and the one thing to do next. All are catalogue ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from certtray.core.certificate import Certificate
from certtray.core.dates import days_left, taiwan_date
from certtray.core.periods import Period, opens
from certtray.core.revocation import Standing, Verdict

SOON = 30
"""Days left from which a certificate counts as expiring even if its window is not open."""


class Action(StrEnum):
    """The next step; texts under ``action.<value>``."""

    NONE = "none"
    WAIT = "wait"
    RENEW = "renew"
    APPLY = "apply"
    COUNTER = "counter"
    REGISTER = "register"
    ASK_ISSUER = "ask-issuer"
    USE_NEWER = "use-newer"
    REINSTATE = "reinstate"
    UNLOCK = "unlock"
    FETCH_AGAIN = "fetch-again"
    EXPORT_AGAIN = "export-again"
    ALLOW_READING = "allow-reading"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class State:
    """Texts: ``state.<name>``, ``reason.<reason>``, ``action.<action>``."""

    name: str
    reason: str
    action: Action


def certificate_state(
    certificate: Certificate,
    now: datetime,
    *,
    window: Period | None = None,
    after_expiry: Action = Action.ASK_ISSUER,
    renewal: Action = Action.ASK_ISSUER,
    replaced_by: Certificate | None = None,
    verdict: Verdict | None = None,
    reinstating: Action = Action.ASK_ISSUER,
) -> State:
    """Return the state at ``now``.

    ``window``, ``after_expiry`` and ``renewal`` are the issuer's, as far as it is known; ``replaced_by`` is what
    ``newest.renewed_by`` found. ``verdict`` is what the issuer's revocation list or responder said, and ``reinstating``
    how the issuer ends a suspension.
    """
    if replaced_by is not None:
        return State("superseded", "newer-valid", Action.USE_NEWER)
    match verdict.standing if verdict else Standing.UNKNOWN:
        case Standing.REVOKED:
            return State("revoked", "revoked", after_expiry)
        case Standing.SUPERSEDED:  # and the newer one is not here
            return State("revoked", "newer-elsewhere", Action.USE_NEWER)
        case Standing.ON_HOLD if now <= certificate.not_after:
            return State("on_hold", "suspended", reinstating)
        case _:
            pass
    if now > certificate.not_after:
        return State("expired", "past-end", after_expiry)
    if now < certificate.not_before:
        return State("not_yet_valid", "before-start", Action.WAIT)
    end = taiwan_date(certificate.not_after)
    if window is not None and taiwan_date(now) >= opens(end, window):
        return State("expiring", "window-open", renewal)
    if days_left(certificate.not_after, now) <= SOON:
        # Known issuer, window not open yet: there is nothing to click until it opens.
        return State("expiring", "ends-soon", Action.WAIT if window is not None else renewal)
    return State("valid", "in-force", Action.NONE)


_FILE_STATES = {
    "locked": ("locked", Action.UNLOCK),
    "wrong-password": ("locked", Action.UNLOCK),
    "unsupported-algorithm": ("unreadable", Action.EXPORT_AGAIN),
    "damaged": ("unreadable", Action.FETCH_AGAIN),
    "not-a-certificate-file": ("unreadable", Action.NONE),
    "file-too-large": ("unreadable", Action.NONE),
    "file-unreadable": ("unreadable", Action.ALLOW_READING),
    "file-missing": ("unreadable", Action.NONE),
}


def file_state(error_code: str) -> State:
    """Return the state of a file that gave this error (``CertTrayError.code``), which is also the reason."""
    name, action = _FILE_STATES.get(error_code, ("unreadable", Action.REPORT))
    return State(name, error_code, action)
