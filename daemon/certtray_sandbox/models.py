"""The API's bodies and answers, as OpenAPI shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from certtray_sandbox.certificates import State as PersonState
from certtray_sandbox.certificates import Usage
from certtray_sandbox.enrollments import Action, Body
from certtray_sandbox.enrollments import State as EnrollmentState
from certtray_sandbox.people import ContactKind

Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=16384)]
Version = Annotated[str, StringConstraints(min_length=1, max_length=32)]


class Asked(BaseModel):
    """A request body: unknown fields are refused, not ignored; no type is bent into another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NationalIdLogin(Asked):
    """Login by national ID and trading password (0-03)."""

    login: Literal["national_id"]
    id: Annotated[str, StringConstraints(pattern="^[A-Z][A-D1289][0-9]{8}$")]
    password: Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Identity(Asked):
    """The birth date, western calendar (0-08)."""

    birth_date: Annotated[str, StringConstraints(pattern="^[0-9]{8}$")] = Field(examples=["19680123"])


class EnrollmentBody(Asked):
    """What is asked for. The keys are made before the code is sent, so the requests' hashes are known."""

    action: Action
    old_serials: Annotated[list[Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{1,40}$")]], Field(max_length=2)]
    request_hashes: Annotated[
        list[Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]], Field(min_length=1, max_length=2)
    ]
    usages: Annotated[list[Usage], Field(min_length=1, max_length=2)]
    terms_version: Version

    @model_validator(mode="after")
    def _fits_together(self) -> EnrollmentBody:
        if len(self.usages) != len(self.request_hashes):
            raise ValueError("one usage for each request")
        if (self.action == "renew") != bool(self.old_serials):
            raise ValueError("old serials exactly when renewing")
        if len({int(serial, 16) for serial in self.old_serials}) != len(self.old_serials):
            raise ValueError("an old serial twice")
        return self

    def normal(self) -> Body:
        """Return it in the form it is stored and compared in."""
        serials = tuple(f"{int(serial, 16):08X}" for serial in self.old_serials)
        return Body(self.action, serials, tuple(self.request_hashes), tuple(self.usages), self.terms_version)


class OtpStart(Asked):
    """Where the code shall go: an id from ``/contacts``."""

    contact: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class OtpEntry(Asked):
    """The code as typed (0-11)."""

    code: Annotated[str, StringConstraints(pattern="^[0-9]{6}$")]


class Requests(Asked):
    """The PKCS#10 requests named by the enrollment, and for a renewal one proof (CMC, RFC 5272) per old certificate."""

    requests: Annotated[list[Base64], Field(min_length=1, max_length=2)]
    proofs: Annotated[list[Base64], Field(max_length=2)]
    terms_accepted: bool
    terms_version: Version


class HostCertificate(BaseModel):
    """A certificate as the host knows it (0-16)."""

    serial: str = Field(description="Upper-case hex, 8 digits", examples=["7E0445FC"])
    cn: str
    usage: Usage
    not_before: datetime
    not_after: datetime
    status: int = Field(description="0 valid, 20 revoked, 30 expired, 31 about to expire")
    reason: str = Field(description="Why it is revoked or on hold, a name of RFC 5280 5.3.1; empty when it is not")
    device: Literal["PC", "iPhone", "GPhone", "iKey", "ezSign", "card"]
    subject: str
    issuer: str


class KeyPlan(BaseModel):
    """Which keys this person's certificates need."""

    algorithm: Literal["RSA"]
    bits: int
    usages: list[Usage]


class SessionAnswer(BaseModel):
    """A session, and the check at login (0-06, 0-07)."""

    token: str
    expires_at: datetime
    key_plan: KeyPlan
    person_id: str
    must_change_password: bool
    state: PersonState
    certificates: list[HostCertificate]


class ContactAnswer(BaseModel):
    """A contact on file, masked (0-09)."""

    id: str
    kind: ContactKind
    masked: str = Field(examples=["0988***920"])


class Clause(BaseModel):
    """One clause in both languages."""

    zh_TW: str
    en: str


class TermsAnswer(BaseModel):
    """The subscriber terms (0-14)."""

    version: str
    clauses: list[Clause]


class EnrollmentAnswer(BaseModel):
    """An enrollment as it stands."""

    id: str
    action: Action
    state: EnrollmentState
    nonce: str = Field(description="Base64, to be signed into the renewal proof as CMC recipientNonce")
    needs: list[Literal["otp", "apply_password"]] = Field(description="Factors still to be given")


class OtpTicket(BaseModel):
    """A code is on its way; `expires_in` (seconds) serves clients whose clock is wrong."""

    expires_at: datetime
    expires_in: int
    tries_left: int
    resends_left: int
    digits: int


class Issued(BaseModel):
    """Certificates and their chain as a certs-only PKCS#7 in base64."""

    state: Literal["issued"] = "issued"
    certificates: str


class Pending(BaseModel):
    """Accepted, not issued yet (6025); ask again after so many seconds."""

    state: Literal["pending"] = "pending"
    code: Literal["6025"] = "6025"
    retry_after: int


class Problem(BaseModel):
    """RFC 9457. `title` is stable English for logs, `detail` is for the person."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="The manuals' number, or ours in the 8000 range")
    tries_left: int | None = None
    retry_after: int | None = None
