"""What every adapter to an issuer offers, and the facts it answers with.

All methods raise ``IssuerUnreachable``, ``IssuerNotTrusted``, ``IssuerAnswerInvalid`` or ``IssuerRefused``;
times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from certtray.core.certificate import Usage
from certtray.core.secret import Secret

NOT_LOGGED_IN: Final = "8003"
"""The number of the refusal that logging in again cures."""

WRONG_LOGIN: Final = "8001"
"""Account or password is wrong; with the tries left."""

CARD_NOT_PROVEN: Final = "8008"
"""No certificate of that id in force has signed the challenge (4-14); with the tries left."""

LOGIN_LOCKED: Final = "8002"
"""Locked for a while; with when to come back."""

LOGIN_SUSPENDED: Final = "8009"
"""Locked until the issuer frees it; the detail says where (2-22, 4-18)."""

CAPTCHA_WRONG: Final = "8017"
"""Picture read wrong or too old: fetch another. The password was not looked at; with the tries left for pictures."""

CHALLENGE_VOID: Final = "8020"
"""The challenge to the card is used up or too old: fetch another, with another picture."""

CHANGE_FIRST: Final = "8022"
"""Nothing is allowed before the first password has been changed (2-03)."""

WRONG_PASSWORD: Final = "8023"  # noqa: S105 - a number
"""The old site password is wrong; with the tries left."""

PASSWORD_LOGIN: Final = "8026"  # noqa: S105 - a number
"""This needs a login with the site password; a card's login does not do (4-21)."""

UNLOCK_DONE: Final = "8075"
"""This unlocking was reported before; another one needs another id."""

APPLY_PASSWORD_WRONG: Final = "8052"  # noqa: S105 - a number
"""With the tries left (3-09)."""

PersonState = Literal["none", "valid", "expiring", "expired"]
Action = Literal["apply", "renew", "convert"]
"""``convert`` makes an EDI user's FEDI certificates FXML ones on line (3-26)."""
Factor = Literal["otp", "apply_password"]
Device = Literal["PC", "iPhone", "GPhone", "iKey", "ezSign", "card"]
ON_COMPUTER: Final[Device] = "PC"
"""The device of a key that lies in a file or the system's store."""
UnlockState = Literal["verified", "released", "done"]
"""The card is this person's; its code was told; the card took it."""
State = Literal["created", "verified", "pending", "issued", "installed", "ended"]


@dataclass(frozen=True, slots=True)
class HostCertificate:
    """A certificate as the issuer's host knows it (0-16, 1-13); ``status`` is 0, 12, 20, 26, 30 or 31.

    0 valid, 12 issued but not downloaded, 20 revoked, 26 suspended, 30 expired, 31 about to expire (FACTS.md 1.7).
    ``reason`` says why it is revoked or on hold: a name of RFC 5280 5.3.1, else empty.
    """

    serial: int
    subject_cn: str
    not_before: datetime
    not_after: datetime
    status: int
    usage: Usage
    device: Device
    reason: str
    subject: str
    """Subject and issuer as one line each (2-15)."""
    issuer: str


@dataclass(frozen=True, slots=True)
class Captcha:
    """A picture of digits (2-04); ``png`` is shown, ``id`` goes back with what was read."""

    id: str
    png: bytes
    digits: int


@dataclass(frozen=True, slots=True)
class NationalId:
    """Login by national ID and trading password (0-03, 1-01)."""

    person_id: str
    password: Secret


@dataclass(frozen=True, slots=True)
class SiteAccount:
    """Login by account, site password and picture digits (2-04, 4-10)."""

    account: str
    password: Secret
    captcha_id: str
    captcha: str


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """What a login elsewhere handed over through the loopback redirect (0-02): RFC 6749 code, RFC 7636 verifier."""

    code: Secret
    verifier: Secret
    redirect: str


@dataclass(frozen=True, slots=True)
class CardProof:
    """A card's answer to a challenge (4-14): ``crypto.cmc.login_proof``."""

    challenge: UUID
    proof: bytes


Credentials = NationalId | SiteAccount | SingleSignOn | CardProof


@dataclass(frozen=True, slots=True)
class CardChallenge:
    """What a card is to sign to log in; serves one try within a few minutes."""

    id: UUID
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Registration:
    """What the counter has registered and the holder may apply for (2-06, 3-09), or convert (3-26).

    ``facts`` is what the confirmation page shows, in order: (name zh_TW, name en, value).
    """

    id: str
    action: Literal["apply", "convert"]
    cn: str
    device: Device
    email: str
    facts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Download:
    """An enrollment accepted by the issuer whose certificates were never reported as installed (2-10, 3-16)."""

    enrollment_id: UUID
    cn: str
    device: Device
    usages: tuple[Usage, ...]
    pending: bool
    """Not issued yet (6025)."""


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What a certificate proof states (3-19): (name zh_TW, name en, value), in order; ``number`` is its own."""

    number: str
    facts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """Which keys the issuer wants: RSA of ``bits``, one for each of ``usages``; ``devices`` are where they may live."""

    bits: int
    usages: tuple[Usage, ...]
    devices: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True)
class LoginResult:
    """Who logged in, and the login-time check: should one apply (0-06) or renew (0-07)?

    With ``must_change_password`` (2-03) nothing else is allowed until ``change_password``.
    """

    person_id: str
    state: PersonState
    certificates: tuple[HostCertificate, ...]
    key_plan: KeyPlan
    must_change_password: bool


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
    for ``apply``. ``registration`` is what is applied for or converted where the issuer registers first; ``email`` is where
    later notices go (3-09, 3-13), empty for the one on file.
    """

    id: UUID
    action: Action
    old_serials: tuple[int, ...]
    request_hashes: tuple[str, ...]
    usages: tuple[Usage, ...]
    terms_version: str
    registration: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class EnrollmentState:
    """Where an enrollment stands; ``device`` is where its keys live (3-02).

    ``nonce`` goes into the renewal proof, ``needs`` are the factors still to be given.

    ``challenges``, by old serial, are CMS EnvelopedData for old certificates that cannot sign: their key proves itself by
    decrypting (DESIGN.md 7).
    """

    state: State
    nonce: bytes
    needs: tuple[Factor, ...]
    challenges: Mapping[int, bytes]
    device: Device = ON_COMPUTER


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

    def captcha(self) -> Captcha:
        """Fetch a new picture for one login; needs no login."""

    def sign_on_page(self, redirect: str, challenge: str, state: str) -> str:
        """Return the address where a browser logs in and is sent to ``redirect`` (0-02; RFC 8252, S256 ``challenge``)."""

    def card_challenge(self, certificate_id: str, captcha_id: str, captcha: str) -> CardChallenge:
        """Fetch what the card of this certificate id is to sign (4-14); the picture is spent. Needs no login."""

    def login(self, credentials: Credentials) -> LoginResult:
        """Log in (0-02, 0-03, 2-04, 4-14); what follows acts for this person."""

    def change_password(self, old: Secret, new: Secret) -> None:
        """Change the site password (2-03, 2-23); a refusal says how many tries ``old`` has left."""

    def registrations(self) -> tuple[Registration, ...]:
        """List what may be applied for or converted now."""

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

    def give_apply_password(self, enrollment_id: UUID, password: Secret) -> None:
        """Enter the password from the counter's notice (3-09); a refusal says how many tries are left."""

    def submit(
        self, enrollment_id: UUID, requests: Sequence[bytes], proofs: Sequence[bytes], terms_version: str
    ) -> Issued | Pending:
        """Hand in the PKCS#10 requests and, to renew, one proof per old certificate; says that the terms are accepted.

        A proof is a CMC message (``crypto.cmc``), or the decrypted challenge. Safe to repeat: the same certificates come back.
        """

    def result(self, enrollment_id: UUID) -> Issued | Pending:
        """Fetch what was issued; ``IssuerRefused`` 6036 when nothing was accepted yet."""

    def installed(self, enrollment_id: UUID) -> None:
        """Tell that the new keys are in place and work; the old certificates are superseded from then on."""

    def certificates(self) -> tuple[HostCertificate, ...]:
        """List everything ever issued to this person, newest first."""

    def downloads(self) -> tuple[Download, ...]:
        """List what was accepted and never installed; empty where the manuals answer 6036."""

    def suspend(self, serials: Sequence[int]) -> None:
        """Put certificates on hold (3-18, 4-11); several are one act."""

    def reinstate(self, serials: Sequence[int]) -> None:
        """Take certificates off hold, where the issuer does that on line (4-11)."""

    def revoke(self, serials: Sequence[int], reason: str) -> None:
        """Revoke for good, where the issuer does that on line (0-24); ``reason`` is a name of RFC 5280 5.3.1."""

    def proof(self, serial: int) -> ProofFacts:
        """Return what the proof of a certificate states (3-19)."""

    def verify_card(self, unlock_id: UUID, serial: str, certificates: Sequence[bytes]) -> UnlockState:
        """Have the issuer check that the card with this number and these certificates (DER) is this person's (4-21).

        ``unlock_id`` is ours: the same again is the same unlocking. Wrong cards count.
        """

    def release(self, unlock_id: UUID) -> Secret:
        """Return the verified card's unblocking code; only the same id may ask again, until ``unlocked``."""

    def unlocked(self, unlock_id: UUID) -> None:
        """Tell that the card took the code; it may be released for its next locking."""

    def close(self) -> None:
        """Close the connection; another login may follow on a new object only."""
