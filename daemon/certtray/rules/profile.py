"""What a profile says: frozen values, no conditions and no steps (DESIGN.md 3)."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from certtray.core.certificate import Usage
from certtray.core.periods import Period


class Adapter(StrEnum):
    """How the issuer is reached: the enrolment API, or its own page, phone or counter."""

    RA = "ra"
    PORTAL = "portal"


class Medium(StrEnum):
    """Where the private key lives."""

    PFX = "pfx"
    SYSTEM_STORE = "system_store"
    TOKEN = "token"  # noqa: S105  # not a secret


class LoginKind(StrEnum):
    """What the issuer's login asks (DESIGN.md 7)."""

    NATIONAL_ID = "national_id"
    ACCOUNT = "account"
    CERTIFICATE_ID = "certificate_id"
    SSO = "sso"


class Factor(StrEnum):
    """What is asked besides the login, in the order of the profile."""

    BIRTH_DATE = "birth_date"
    OTP = "otp"
    APPLY_PASSWORD = "apply_password"  # noqa: S105  # the name of one
    CAPTCHA = "captcha"
    PIN = "pin"


class AfterExpiry(StrEnum):
    """The way out once it is too late to renew."""

    APPLY = "apply"
    COUNTER = "counter"
    REGISTER = "register"


class OldKey(StrEnum):
    """Whether a renewal needs the old key (0-20)."""

    REQUIRED = "required"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Match:
    """Which certificates belong to the issuer; upper case."""

    issuer_contains: tuple[str, ...]
    subject_ou: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """Keys the issuer certifies."""

    algorithm: str
    bits: int


@dataclass(frozen=True, slots=True)
class Otp:
    """Length of a code, and wrong entries until it is void."""

    digits: int
    tries: int


@dataclass(frozen=True, slots=True)
class Renewal:
    """When and how a renewal is possible."""

    opens: Period
    after_expiry: AfterExpiry
    old_key: OldKey


@dataclass(frozen=True, slots=True)
class FilePlan:
    """Where the issuer's own programs keep the PFX; templates as in FACTS.md 1.1, ``{id}`` is the holder's number."""

    name: str
    folder_windows: str
    folder_other: str
    scan: tuple[str, ...]
    compatible: bool
    """Write 3DES and SHA-1, which the issuer's own programs read."""

    def place(self, holder: str) -> Path:
        """Return where the issuer's programs look for ``holder``'s file on this system (0-15)."""
        template = self.folder_windows if sys.platform == "win32" else self.folder_other
        return Path(template.replace("{id}", holder)).expanduser() / self.name


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask."""

    phone: str
    page: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One issuer."""

    id: str
    name_zh_tw: str
    name_en: str
    adapter: Adapter
    medium: Medium
    pairs: tuple[Usage, ...]
    """The certificates of one enrolment: ``both``, or ``sign`` and ``encrypt`` (3-04)."""
    match: Match
    key: KeyPlan
    login: LoginKind
    apply_factors: tuple[Factor, ...]
    renew_factors: tuple[Factor, ...]
    otp: Otp | None
    """Present exactly where a factor is ``otp``."""
    renewal: Renewal
    file: FilePlan | None
    """Present exactly where the medium is a PFX."""
    contact: Contact
