"""The API's bodies and answers about enrollments, as OpenAPI shows them; see also ``login_models``, ``manage_models``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from certtray_sandbox.certificates import Usage
from certtray_sandbox.desks import Device
from certtray_sandbox.enrollments import Action, Body, Factor
from certtray_sandbox.enrollments import State as EnrollmentState
from certtray_sandbox.people import ContactKind

Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=16384)]
EMAIL = r"^$|^[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$"
Version = Annotated[str, StringConstraints(min_length=1, max_length=32)]


class Asked(BaseModel):
    """A request body: unknown fields are refused, not ignored; no type is bent into another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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
    registration: Annotated[str, StringConstraints(max_length=32)] = Field(
        "", description="An id from `/registrations`, where the counter registers first"
    )
    email: Annotated[str, StringConstraints(pattern=EMAIL, max_length=100)] = Field(
        "", description="Where later notices go; empty for the address on file"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> EnrollmentBody:
        if len(self.usages) != len(self.request_hashes):
            raise ValueError("one usage for each request")
        if (self.action == "renew") != bool(self.old_serials):
            raise ValueError("old serials exactly when renewing")
        if self.action == "renew" and self.registration:
            raise ValueError("a renewal needs no registration")
        if len({int(serial, 16) for serial in self.old_serials}) != len(self.old_serials):
            raise ValueError("an old serial twice")
        return self

    def normal(self) -> Body:
        """Return it in the form it is stored and compared in."""
        serials = tuple(f"{int(serial, 16):08X}" for serial in self.old_serials)
        lists = serials, tuple(self.request_hashes), tuple(self.usages)
        return Body(self.action, *lists, self.terms_version, self.registration, self.email)


class OtpStart(Asked):
    """Where the code shall go: an id from ``/contacts``."""

    contact: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class OtpEntry(Asked):
    """The code as typed (0-11)."""

    code: Annotated[str, StringConstraints(pattern="^[0-9]{4,10}$")]


class ApplyPassword(Asked):
    """The password from the counter's notice (3-09)."""

    password: Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Requests(Asked):
    """The PKCS#10 requests named by the enrollment, and for a renewal one proof per old certificate, in its order.

    A proof is a CMC message (RFC 5272), or for a certificate that cannot sign the decrypted challenge.
    """

    requests: Annotated[list[Base64], Field(min_length=1, max_length=2)]
    proofs: Annotated[list[Base64], Field(max_length=2)]
    terms_accepted: bool
    terms_version: Version


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


class Challenge(BaseModel):
    """A CMS EnvelopedData in base64 to an old certificate, to be decrypted by its key."""

    serial: str
    envelope: str


class EnrollmentAnswer(BaseModel):
    """An enrollment as it stands."""

    id: str
    action: Action
    state: EnrollmentState
    device: Device = Field(description="Where its keys live: fixed at the counter, kept by a renewal (3-02)")
    nonce: str = Field(description="Base64, to be signed into the renewal proof as CMC recipientNonce")
    needs: list[Factor] = Field(description="Factors still to be given")
    challenges: list[Challenge] = Field(description="One for each old certificate that cannot sign")


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
