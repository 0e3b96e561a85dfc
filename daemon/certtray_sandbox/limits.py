"""Numbers the manuals leave open or state, in one place."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

LOGIN_TRIES: Final = 5
"""Wrong passwords in a row before a login is locked (not stated by system 0; ours)."""

IDENTITY_TRIES: Final = 5
"""Wrong birth dates in a row, over all sessions, before the check is locked (ours)."""

LOCK: Final = timedelta(hours=1)
"""How long a lock lasts after the last counted try (ours)."""

OTP_DIGITS: Final = 6  # 0-11
OTP_TRIES: Final = 3  # 0-12
OTP_LIFE: Final = timedelta(seconds=300)
"""0-11 shows only a running 4:18; five minutes is the natural reading."""

OTP_SENDS: Final = 5
"""Messages per person, over all sessions and enrollments, until a right code or ``LOCK`` has passed (ours)."""

SESSION_LIFE: Final = timedelta(minutes=20)

KEY_BITS: Final = 2048
VALIDITY_YEARS: Final = 2  # 0-16
EXPIRING: Final = timedelta(days=30)
"""A certificate with less left is reported as about to expire, state 31 (0-07)."""

PENDING_RETRY: Final = timedelta(seconds=5)
"""When to ask again for a certificate that waits for the back office (6025)."""

BODY_BYTES: Final = 64 * 1024
"""Largest request body; two RSA-4096 requests and two proofs fit in a quarter of it."""
