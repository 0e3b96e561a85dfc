"""The API's bodies and answers about certificates and registrations, as OpenAPI shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from certtray_sandbox.certificates import Usage
from certtray_sandbox.desks import Device
from certtray_sandbox.models import Asked
from certtray_sandbox.registrations import Action

Serial = Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{1,40}$")]
Reason = Literal["unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation"]


class Serials(Asked):
    """The certificates it is about; several are one act (3-18)."""

    serials: Annotated[list[Serial], Field(min_length=1, max_length=10)]

    def normal(self) -> list[str]:
        """Return them as the register has them."""
        return [f"{int(serial, 16):08X}" for serial in self.serials]


class Revocation(Serials):
    """With the reason, a name of RFC 5280 5.3.1."""

    reason: Reason


class HostCertificate(BaseModel):
    """A certificate as the host knows it (0-16, 1-13)."""

    serial: str = Field(description="Upper-case hex, 8 digits", examples=["7E0445FC"])
    cn: str
    usage: Usage
    not_before: datetime
    not_after: datetime
    status: int = Field(
        description="0 valid, 12 issued but not downloaded, 20 revoked, 26 suspended, 30 expired, 31 about to expire"
    )
    reason: str = Field(description="Why it is revoked or suspended, a name of RFC 5280 5.3.1; empty when it is not")
    device: Device
    subject: str
    issuer: str


class ShownFact(BaseModel):
    """One row of what is shown, named in both languages."""

    zh_TW: str
    en: str
    value: str


class RegistrationAnswer(BaseModel):
    """What the counter has registered, and what the confirmation page shows (2-06, 3-09)."""

    id: str
    action: Action
    cn: str
    device: Device
    email: str
    facts: list[ShownFact]


class DownloadAnswer(BaseModel):
    """An enrollment whose certificates were never reported as installed (2-10, 3-16)."""

    enrollment_id: str
    cn: str
    device: Device
    usages: list[Usage]
    pending: bool = Field(description="Not issued yet (6025)")


class ProofAnswer(BaseModel):
    """What the proof of a certificate states (3-19)."""

    number: str
    facts: list[ShownFact]
