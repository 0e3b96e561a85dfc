"""Numbers the manuals leave open or state, in one place."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

IDENTITY_TRIES: Final = 5
"""Wrong birth dates in a row, over all sessions, before the check is locked (ours)."""

LOCK: Final = timedelta(hours=1)
"""How long a lock lasts after the last counted try (ours)."""

OTP_LIFE: Final = timedelta(seconds=300)
"""0-11 shows only a running 4:18; five minutes is the natural reading."""

OTP_SENDS: Final = 5
"""Messages per person, over all sessions and enrollments, until a right code or ``LOCK`` has passed (ours)."""

SESSION_LIFE: Final = timedelta(minutes=20)

CAPTCHA_DIGITS: Final = 5
CAPTCHA_LIFE: Final = timedelta(minutes=3)
CAPTCHA_TRIES: Final = 10
"""Wrong pictures in a row for one account (ours): more than a person with bad eyes, fewer than a machine needs."""

CARD_LOGIN_LIFE: Final = timedelta(minutes=5)
"""From the picture to the card's answer: a reader has to be found and a PIN typed (ours)."""

CARD_CHECKS: Final = 3
"""Cards in a row that are not one's own, before verifying is locked for ``LOCK`` (ours)."""

CARD_PIN_DIGITS: Final = 6
CARD_PUK_DIGITS: Final = 8
"""As long as a PIV card takes (SP 800-73-4 part 2, 2.4.3)."""

SIGN_ON_LIFE: Final = timedelta(seconds=60)  # RFC 6749 4.1.2: short, at most ten minutes

APPLY_PASSWORD_TRIES: Final = 5
"""Wrong entries in a row for one registration (not stated by system 3; ours)."""

SLIP_LENGTH: Final = 10
"""Characters of a password on a slip or notice (within 2-23's 6 to 16)."""

PENDING_RETRY: Final = timedelta(seconds=5)
"""When to ask again for a certificate that waits for the back office (6025)."""

BODY_BYTES: Final = 64 * 1024
"""Largest request body; two RSA-4096 requests and two proofs fit in a quarter of it."""
