"""What every adapter to an issuer offers, and the facts it answers with.

All methods raise ``IssuerUnreachable``, ``IssuerNotTrusted``, ``IssuerAnswerInvalid`` or ``IssuerRefused``;
times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from certtray.core.certificate import Usage
from certtray.core.secret import Secret

NOT_LOGGED_IN: Final = "8003"
"""The number of the refusal that logging in again cures."""

PersonState = Literal["none", "valid", "expiring", "expired"]
Action = Literal["apply", "renew"]
State = Literal["created", "verified", "pending", "issued", "installed", "ended"]


@dataclass(frozen=True, slots=True)
class HostCertificate:
    """A certificate as the issuer's host knows it (0-16); ``status`` is 0, 20, 30, 31 … (FACTS.md 1.7)."""

    serial: int
    subject_cn: str
    not_before: datetime
    not_after: datetime
    status: int


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """Which keys the issuer wants: RSA of ``bits``, one for each of ``usages``."""

    bits: int
    usages: tuple[Usage, ...]


@dataclass(frozen=True, slots=True)
class LoginResult:
    """The login-time check: should one apply (0-06) or renew (0-07)?"""

    state: PersonState
    certificates: tuple[HostCertificate, ...]
    key_plan: KeyPlan


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a one-time code can go; ``masked`` is what may be shown (0-09)."""

    id: str
    kind: Literal["phone", "email"]
    masked: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the terms in both languages."""

    zh_TW: str
    en: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The subscriber terms to be accepted (0-14)."""

    version: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class EnrollmentRequest:
    """What is asked for; ``id`` is ours, so that asking again after a crash is the same enrollment.

    ``request_hashes`` are the SHA-256 of each PKCS#10 DER in hex, one for each of ``usages``; ``old_serials`` are empty
    for ``apply``.
    """

    id: UUID
    action: Action
    old_serials: tuple[int, ...]
    request_hashes: tuple[str, ...]
    usages: tuple[Usage, ...]
    terms_version: str


@dataclass(frozen=True, slots=True)
class EnrollmentState:
    """Where an enrollment stands; ``nonce`` goes into the renewal proof."""

    state: State
    nonce: bytes
    otp_required: bool


@dataclass(frozen=True, slots=True)
class OtpTicket:
    """A code is on its way; ``expires_at`` is by our own clock, so that a countdown is right even if that is wrong."""

    expires_at: datetime
    tries_left: int
    resends_left: int
    digits: int


@dataclass(frozen=True, slots=True)
class Issued:
    """The certs-only PKCS#7 as sent, and its DER certificates: pick one's own by public key, the order says nothing."""

    pkcs7: bytes
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Pending:
    """Accepted, not issued yet (6025); ask again at ``retry_at`` by our own clock."""

    retry_at: datetime


class Issuer(Protocol):
    """One issuer, one person at a time; the methods in the order a renewal uses them."""

    def login(self, person_id: str, password: Secret) -> LoginResult:
        """Log in (0-03); what follows acts for this person."""

    def verify_identity(self, birth_date: str) -> None:
        """Check the birth date, YYYYMMDD (0-08); a refusal says how many tries are left."""

    def contacts(self) -> tuple[Contact, ...]:
        """List where a code can be sent."""

    def terms(self) -> Terms:
        """Fetch the terms in force; needs no login."""

    def enroll(self, enrollment: EnrollmentRequest) -> EnrollmentState:
        """Create the enrollment, or see how it stands if it exists."""

    def start_otp(self, enrollment_id: UUID, contact_id: str) -> OtpTicket:
        """Have a code sent; a former one stops working."""

    def verify_otp(self, enrollment_id: UUID, code: Secret) -> None:
        """Enter the code."""

    def submit(
        self, enrollment_id: UUID, requests: Sequence[bytes], proofs: Sequence[bytes], terms_version: str
    ) -> Issued | Pending:
        """Hand in the PKCS#10 requests and, to renew, one proof per old certificate; says that the terms are accepted.

        Safe to repeat: the same certificates come back.
        """

    def result(self, enrollment_id: UUID) -> Issued | Pending:
        """Fetch what was issued; ``IssuerRefused`` 6036 when nothing was accepted yet."""

    def installed(self, enrollment_id: UUID) -> None:
        """Tell that the new keys are in place and work; the old certificates are superseded from then on."""

    def certificates(self) -> tuple[HostCertificate, ...]:
        """List everything ever issued to this person, newest first."""

    def close(self) -> None:
        """Close the connection; another login may follow on a new object only."""
