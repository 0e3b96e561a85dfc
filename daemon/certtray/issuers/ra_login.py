"""Calls to an RA about who is at this end: pictures, the kinds of login, site password, birth date."""

from __future__ import annotations

import base64
from typing import Final, get_args
from urllib.parse import urlencode

from certtray.core.secret import Secret
from certtray.issuers import base
from certtray.issuers.answers import Answer
from certtray.issuers.base import KeyPlan, LoginResult
from certtray.issuers.ra_read import host_certificate, read_device, read_usage
from certtray.issuers.ra_session import RaSession

PICTURE: Final = 256 * 1024
"""Characters of a picture in base64."""


class LoginCalls(RaSession):
    """Each login, password and birth date is sent exactly once, since the RA counts them."""

    def captcha(self) -> base.Captcha:
        """See ``base.Issuer``."""
        reply = self._channel.send("POST", "/captchas")

        def read() -> base.Captcha:
            answer = Answer.parse(reply.body)
            return base.Captcha(answer.text("id", 128), answer.binary("png", PICTURE), answer.number("digits", 1, 10))

        return self._read(read)

    def sign_on_page(self, redirect: str, challenge: str, state: str) -> str:
        """See ``base.Issuer``."""
        parameters = {
            "response_type": "code",
            "redirect_uri": redirect,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": state,
        }
        return f"{self._url}/sso/authorize?{urlencode(parameters)}"

    def login(self, credentials: base.Credentials) -> LoginResult:
        """See ``base.Issuer``."""
        self._token = None
        reply = self._channel.send("POST", "/sessions", _login_body(credentials))

        def read() -> tuple[Secret, LoginResult]:
            answer = Answer.parse(reply.body)
            plan = answer.object("key_plan")
            plan.one_of("algorithm", ("RSA",))
            key_plan = KeyPlan(
                plan.number("bits", 1024, 8192),
                tuple(read_usage(text) for text in plan.texts("usages")),
                tuple(read_device(text) for text in plan.texts("devices")),
            )
            held = tuple(host_certificate(one) for one in answer.objects("certificates"))
            state = answer.one_of("state", get_args(base.PersonState))
            person, must_change = answer.text("person_id", 64), answer.flag("must_change_password")
            return Secret(answer.text("token")), LoginResult(person, state, held, key_plan, must_change)

        self._token, result = self._read(read)
        return result

    def change_password(self, old: Secret, new: Secret) -> None:
        """See ``base.Issuer``."""
        body = {"old": old.reveal(), "new": new.reveal()}
        self._channel.command("POST", "/password", body, self._session())

    def verify_identity(self, birth_date: str) -> None:
        """See ``base.Issuer``."""
        self._channel.send("POST", "/identity", {"birth_date": birth_date}, self._session())


def _login_body(credentials: base.Credentials) -> dict[str, str]:
    match credentials:
        case base.NationalId(person_id, password):
            return {"login": "national_id", "id": person_id, "password": password.reveal()}
        case base.SiteAccount(account, password, captcha_id, captcha):
            typed = {"captcha_id": captcha_id, "captcha": captcha}
            return {"login": "account", "account": account, "password": password.reveal(), **typed}
        case base.CardProof(challenge, proof):
            return {
                "login": "certificate_id",
                "challenge": str(challenge),
                "proof": base64.b64encode(proof).decode(),
            }
        case base.SingleSignOn(code, verifier, redirect):
            return {"login": "sso", "code": code.reveal(), "verifier": verifier.reveal(), "redirect": redirect}
