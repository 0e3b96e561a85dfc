"""The API's bodies and answers about cards, as OpenAPI shows them: login by certificate id, unlocking."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from certtray_sandbox.models import Asked, Base64
from certtray_sandbox.unlocks import State

CertificateId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9:._-]+$", max_length=64)]
CardNumber = Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]+$", max_length=32)]
Uuid = Annotated[str, StringConstraints(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]


class CardLogin(Asked):
    """Login by the card's answer to a challenge from `/card-logins` (4-14).

    The answer is a CMC Full PKI Request (RFC 5272) without requests, signed by a certificate of that id: transaction id is the
    challenge's id, recipientNonce its nonce, identification the certificate id.
    """

    login: Literal["certificate_id"]
    challenge: Uuid
    proof: Base64


class CardLoginBody(Asked):
    """Whose certificate shall log in, and the digits of a picture, which is spent by this."""

    certificate_id: CertificateId = Field(description="The certificate's CN", examples=["70759028-00-0007"])
    captcha_id: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_.~-]+$", max_length=128)]
    captcha: Annotated[str, StringConstraints(pattern="^[0-9]{1,10}$")]


class CardLoginAnswer(BaseModel):
    """A challenge; it serves one try."""

    id: UUID
    nonce: str = Field(description="Base64, to be signed as CMC recipientNonce")
    expires_in: int


class UnlockBody(Asked):
    """The card in the reader: a number it bears, and the certificates on it."""

    serial: CardNumber
    certificates: Annotated[list[Base64], Field(min_length=1, max_length=8, description="DER in base64")]


class UnlockAnswer(BaseModel):
    """An unlocking as it stands."""

    id: UUID
    state: State


class ReleaseAnswer(BaseModel):
    """The card's unblocking code: to be given to the card, never shown or kept."""

    secret: str
