"""Routes about who is at the other end: pictures, sessions, site password, birth date."""

from __future__ import annotations

import base64

from fastapi import APIRouter

from certtray_sandbox import (
    captcha,
    card_login,
    certificates,
    login_models,
    models,
    passwords,
    refusals,
    sessions,
    sign_on,
)
from certtray_sandbox.answers import host_certificate
from certtray_sandbox.callers import BODY, SESSION, Authenticated, TheSandbox
from certtray_sandbox.card_models import CardLogin
from certtray_sandbox.enrollment_routes import binary
from certtray_sandbox.home import Sandbox
from certtray_sandbox.limits import CAPTCHA_DIGITS, CAPTCHA_LIFE
from certtray_sandbox.problems import documented
from certtray_sandbox.refusals import Refusal

router = APIRouter()


@router.post("/captchas", status_code=201, responses=documented(refusals.OTHER_LOGIN))
def make_captcha(sandbox: TheSandbox) -> login_models.CaptchaAnswer:
    """Draw a picture of digits for one login (2-04)."""
    if not sandbox.profile.login.captcha:
        raise Refusal(refusals.OTHER_LOGIN)
    with sandbox.store.transaction() as db:
        picture = captcha.make(db, sandbox.clock())
    return login_models.CaptchaAnswer(
        id=picture.id,
        png=base64.b64encode(picture.png).decode(),
        digits=CAPTCHA_DIGITS,
        expires_in=int(CAPTCHA_LIFE.total_seconds()),
    )


@router.post(
    "/sessions",
    status_code=201,
    responses=documented(
        *BODY,
        refusals.WRONG_LOGIN,
        refusals.LOGIN_LOCKED,
        refusals.LOGIN_SUSPENDED,
        refusals.OTHER_LOGIN,
        refusals.CAPTCHA_WRONG,
        refusals.CAPTCHA_LOCKED,
        refusals.SIGN_ON_VOID,
        refusals.CHALLENGE_VOID,
        refusals.CARD_NOT_PROVEN,
    ),
)
def log_in(body: login_models.Login, sandbox: TheSandbox) -> login_models.SessionAnswer:
    """Log in; the answer carries the login-time check of the person's certificates (0-03, 0-06, 0-07)."""
    person, account = _person(sandbox, body)
    now, opens = sandbox.clock(), sandbox.profile.renewal.opens
    with sandbox.store.transaction() as db:
        token, expires_at = sessions.open_session(db, person, now, account)
        must_change = sessions.session_of(db, token, now).must_change
        held = [] if must_change else certificates.held_by(db, person)
    key, pairs = sandbox.profile.key, sandbox.profile.pairs
    return login_models.SessionAnswer(
        token=token,
        expires_at=expires_at,
        person_id=person,
        must_change_password=must_change,
        key_plan=login_models.KeyPlan(
            algorithm="RSA",
            bits=key.bits,
            usages=[usage.value for usage in pairs],
            devices=list(sandbox.desk.devices),
        ),
        state=certificates.state_of(held, now, opens),
        certificates=[host_certificate(certificate, now, opens) for certificate in held],
    )


@router.delete("/sessions/current", status_code=204, responses=documented(refusals.NO_SESSION))
def log_out(caller: Authenticated) -> None:
    """Log out."""
    with caller.call(first_password=True) as call:
        sessions.log_out(call.db, call.session)


@router.post(
    "/password",
    status_code=204,
    responses=documented(
        *BODY,
        refusals.NO_SESSION,
        refusals.WRONG_PASSWORD,
        refusals.PASSWORD_RULE,
        refusals.PASSWORD_LOGIN,
        refusals.NO_PASSWORD_HERE,
        refusals.LOGIN_SUSPENDED,
        refusals.LOGIN_LOCKED,
    ),
)
def change_password(body: login_models.PasswordChange, caller: Authenticated) -> None:
    """Change the site password (2-03, 2-23)."""
    passwords.change(caller.sandbox, caller.session(first_password=True), body.old, body.new)


@router.post(
    "/identity",
    status_code=204,
    responses=documented(*BODY, *SESSION, refusals.WRONG_BIRTH_DATE, refusals.IDENTITY_LOCKED),
)
def check_identity(body: models.Identity, caller: Authenticated) -> None:
    """Check the birth date; needed before a code may be sent (0-08)."""
    with caller.call() as call:
        sessions.check_identity(call.db, call.session, body.birth_date, call.now)


def _person(sandbox: Sandbox, body: login_models.Login) -> tuple[str, str | None]:
    """Return who logs in, and whose site password did it; only the logins of the profile exist here."""
    rules = sandbox.profile.login
    if isinstance(body, CardLogin):
        with sandbox.store.transaction() as db:
            proof = binary(body.proof)
            return card_login.check(db, sandbox.profile, body.challenge, proof, sandbox.clock()), None
    if isinstance(body, login_models.SignOnLogin):
        if not rules.sso:
            raise Refusal(refusals.OTHER_LOGIN)
        with sandbox.store.transaction() as db:
            return sign_on.redeem(db, body.code, body.verifier, body.redirect, sandbox.clock()), None
    if body.login != rules.kind:
        raise Refusal(refusals.OTHER_LOGIN)
    if isinstance(body, login_models.NationalIdLogin):
        return passwords.check_login(sandbox, body.id, body.password), body.id
    with sandbox.store.transaction() as db:
        captcha.check(db, body.account, body.captcha_id, body.captcha, sandbox.clock())
    return passwords.check_login(sandbox, body.account, body.password), body.account
