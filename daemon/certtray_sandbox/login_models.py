"""The API's bodies and answers about logging in and passwords, as OpenAPI shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from certtray_sandbox.card_models import CardLogin
from certtray_sandbox.certificates import State as PersonState
from certtray_sandbox.certificates import Usage
from certtray_sandbox.desks import Device
from certtray_sandbox.manage_models import HostCertificate
from certtray_sandbox.models import Asked, Base64

Password = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Token = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_.~-]+$", max_length=128)]


class NationalIdLogin(Asked):
    """Login by national ID and trading password (0-03)."""

    login: Literal["national_id"]
    id: Annotated[str, StringConstraints(pattern="^[A-Z][A-D1289][0-9]{8}$")]
    password: Password


class AccountLogin(Asked):
    """Login by account, site password and the digits of a picture (2-04, 4-10)."""

    login: Literal["account"]
    account: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9._-]+$", max_length=64)]
    password: Password
    captcha_id: Token
    captcha: Annotated[str, StringConstraints(pattern="^[0-9]{1,10}$")]


class SignOnLogin(Asked):
    """What the page at `/sso/authorize` handed over (0-02; RFC 7636)."""

    login: Literal["sso"]
    code: Token
    verifier: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_.~-]{43,128}$")]
    redirect: Annotated[str, StringConstraints(min_length=1, max_length=200)]


Login = Annotated[NationalIdLogin | AccountLogin | SignOnLogin | CardLogin, Field(discriminator="login")]


class PasswordChange(Asked):
    """The site password so far, and the new one (2-23)."""

    old: Password
    new: Password


class KeyPlan(BaseModel):
    """Which keys this person's certificates need; a registration or an old certificate says on which device."""

    algorithm: Literal["RSA"]
    bits: int
    usages: list[Usage]
    devices: list[Device]


class SessionAnswer(BaseModel):
    """A session, and the check at login (0-06, 0-07).

    With `must_change_password` nothing is told until it was changed: no certificates, state none.
    """

    token: str
    expires_at: datetime
    key_plan: KeyPlan
    person_id: str
    must_change_password: bool
    state: PersonState
    certificates: list[HostCertificate]


class CaptchaAnswer(BaseModel):
    """A picture of digits; it serves one login."""

    id: str
    png: Base64
    digits: int
    expires_in: int
