"""Whether a certificate still stands at its issuer, whatever its dates say (RFC 5280 5, RFC 6960)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """Texts: ``word.standing_<value>``."""

    GOOD = "good"
    ON_HOLD = "on_hold"
    """Suspended; may come back (certificateHold)."""
    SUPERSEDED = "superseded"
    """Revoked because the issuer gave out a newer one."""
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """The issuer's list or responder does not say, or could not be had."""


_NOT_REVOKED = {"certificateHold": Standing.ON_HOLD, "superseded": Standing.SUPERSEDED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an issuer's own signed answer said of one certificate; times are aware UTC."""

    standing: Standing
    reason: str = ""
    """Why it is revoked, a name of RFC 5280 5.3.1; or why nothing is known (``word.unknown_<reason>``)."""
    since: datetime | None = None
    """Revoked or suspended since."""
    source: str = ""
    """``crl`` or ``ocsp``; empty where nothing answered."""
    asked: datetime | None = None
    """When the answer was made."""
    until: datetime | None = None
    """When a newer one is due."""

    @property
    def stands(self) -> bool:
        """Whether nothing speaks against using it."""
        return self.standing in (Standing.GOOD, Standing.UNKNOWN)


def revoked(reason: str, since: datetime, *, source: str, asked: datetime, until: datetime) -> Verdict:
    """Return the verdict for a certificate that is revoked or on hold for ``reason`` (RFC 5280 5.3.1)."""
    return Verdict(_NOT_REVOKED.get(reason, Standing.REVOKED), reason, since, source, asked, until)
