"""What a profile says: frozen values, no conditions and no steps (DESIGN.md 3)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
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
    EMAIL = "email"
    """The address for later notices may be changed (3-09, 3-13)."""
    APPLY_PASSWORD = "apply_password"  # noqa: S105  # the name of one
    PIN = "pin"


class Way(StrEnum):
    """Where something is done (DESIGN.md, idea 2: who suspends, resumes, revokes, registers, and where)."""

    MENU = "menu"
    """On line, here."""
    PAGE = "page"
    """On the issuer's own page (1-14)."""
    COUNTER = "counter"
    PAPER = "paper"
    """A form by post or at the counter (2-19, 4-15)."""
    NONE = "none"
    """The issuer does not offer it, or it is not needed."""


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
class Login:
    """How one logs in; ``tries`` wrong passwords in a row suspend it."""

    kind: LoginKind
    renew: LoginKind
    """How one logs in to renew (4-14); mostly the same."""
    captcha: bool
    tries: int
    sso: bool
    """The issuer's own program may hand its login over (0-02)."""
    first_change: bool
    """The first password must be changed (2-03, 4-10)."""
    password: tuple[int, int] | None
    """Shortest and longest site password (2-23); None where it is not changed here."""
    reset: Way
    """Where a suspended login is freed (2-22, 4-18)."""


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a certificate is valid, as the issuer announces it."""

    term: Period
    end_of_day: bool
    """It ends at 23:59:59 Taiwan time."""
    keeps_rest: bool
    """A renewed one ends a whole term after the old one's end (3-34)."""


@dataclass(frozen=True, slots=True)
class Manage:
    """Where each of these is done, and what to bring where one has to go."""

    register: Way
    revoke: Way
    suspend: Way
    reinstate: Way
    unlock: Way
    """Where a locked card or token is opened (4-21, 4-22)."""
    bring_zh_tw: str
    bring_en: str


@dataclass(frozen=True, slots=True)
class Resource:
    """Something on the issuer's pages: a program, a form (0-24 常用下載)."""

    name_zh_tw: str
    name_en: str
    url: str


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
    ask: bool
    """The person chooses where the file is saved (1-07)."""
    compatible: bool
    """Write 3DES and SHA-1, which the issuer's own programs read."""
    stored_in_zh_tw: str
    """Where the issuer's own programs keep a copy of the file's password (0-23); empty for none."""
    stored_in_en: str

    def place(self, holder: str) -> Path:
        """Return where the issuer's programs look for ``holder``'s file on this system (0-15)."""
        template = self.folder_windows if sys.platform == "win32" else self.folder_other
        return Path(template.replace("{id}", holder)).expanduser() / self.name


class Device(StrEnum):
    """Kinds of token, as issuers name them."""

    IKEY = "iKey"
    EZSIGN = "ezSign"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What holds for one kind of token."""

    tries: int
    """Wrong PINs in a row that lock it (3-22, 4-13)."""
    advise_over: int | None
    """More certificates than this on it: deleting old ones first is advised (3-14, 3-15); None for no advice."""
    button: bool
    """It has a button that confirms each use of a key (3-11)."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask; fax and address are empty where none is known."""

    phone: str
    page: str
    fax: str
    address: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One issuer."""

    id: str
    name_zh_tw: str
    name_en: str
    adapter: Adapter
    media: tuple[Medium, ...]
    """Where keys may live; the first unless the registration says otherwise (3-02)."""
    pairs: tuple[Usage, ...]
    """The certificates of one enrolment: ``both``, or ``sign`` and ``encrypt`` (3-04)."""
    match: Match
    key: KeyPlan
    login: Login
    apply_factors: tuple[Factor, ...]
    renew_factors: tuple[Factor, ...]
    otp: Otp | None
    """Present exactly where a factor is ``otp``."""
    renewal: Renewal
    validity: Validity
    manage: Manage
    download: bool
    """Fetching the certificates is a step of its own (2-09)."""
    file: FilePlan | None
    """Present exactly where a medium is a PFX."""
    tokens: Mapping[Device, TokenRules]
    """By kind; present exactly where a medium is a token."""
    contact: Contact
    resources: tuple[Resource, ...]
    added: bool = False
    """The person added it; its host is shown and agreed to before anything is sent."""
