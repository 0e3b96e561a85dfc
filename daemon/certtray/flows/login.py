"""Logging in as the issuer's profile says (0-02, 0-03, 1-01, 2-04, 4-14), and what must be done right after (2-03)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from certtray.core.errors import InputError, IssuerRefused, LoginSuspended
from certtray.core.masks import mask_numbers
from certtray.core.numbers import person_number
from certtray.core.secret import Secret
from certtray.flows.captcha import read_captcha
from certtray.flows.card_login import log_in_by_card
from certtray.flows.choose import EXPIRED, EXPIRING, NOT_DOWNLOADED, VALID
from certtray.flows.context import Account, Context
from certtray.flows.face import Event
from certtray.flows.factors import change_site_password
from certtray.flows.questions import Action, Line, SecretLine, plain
from certtray.flows.report import report_all
from certtray.flows.sign_on import sign_on
from certtray.flows.unlockings import tell_all
from certtray.issuers.base import (
    CAPTCHA_WRONG,
    LOGIN_SUSPENDED,
    Credentials,
    LoginResult,
    NationalId,
    PersonState,
    SiteAccount,
)
from certtray.rules.profile import LoginKind, Way

_STATES: dict[int, PersonState] = {VALID: "valid", NOT_DOWNLOADED: "valid", EXPIRING: "expiring", EXPIRED: "expired"}


def log_in(context: Context, known_id: str = "", *, to_renew: bool = False) -> Account:
    """Return who is logged in; else ask for what the issuer's login takes until it accepts.

    Somebody other than ``known_id`` (from the certificate to be renewed) has to log in themselves; it is offered, masked.
    ``to_renew`` takes the issuer's login to renew, which may want the card in hand instead of a password (4-14). A first
    password that must be changed is changed before anything else. IssuerRefused when no try is left, LoginSuspended where
    only a form or the counter frees the login, NoToken and others of a token's where a card logs in.
    """
    present = context.session.account
    if present and known_id in ("", present.person_id):
        return present
    context.session.account = None
    rules = context.profile.login
    match rules.renew if to_renew else rules.kind:
        case LoginKind.NATIONAL_ID:
            found = _by_national_id(context, known_id)
        case LoginKind.ACCOUNT:
            found = _by_account(context)
        case LoginKind.SSO:
            found = sign_on(context)
        case LoginKind.CERTIFICATE_ID:
            found = log_in_by_card(context)
    context.face.tell(Event("logged_in", {"issuer": context.issuer_name, "id": mask_numbers(found.person_id)}))
    if found.must_change_password:
        context.face.tell(Event("first_password", {"issuer": context.issuer_name}))
        change_site_password(context)
        context.session.account = look_again(context, found)
    else:
        context.session.account = Account(found.person_id, found)
    tell_all(context, found.person_id)
    if report_all(context, found.person_id):
        context.session.account = look_again(context, found)
    return context.session.account


def look_again(context: Context, found: LoginResult) -> Account:
    """Return what logging in would say of the person's certificates now; it was said before something changed.

    As at the issuer the newest that is neither revoked nor on hold decides (0-06, 0-07).
    """
    listed = context.face.wait("certificates", context.issuer.certificates)
    last = max((each for each in listed if each.status in _STATES), key=lambda each: each.not_after, default=None)
    found = replace(found, certificates=listed, state=_STATES[last.status] if last else "none")
    return Account(found.person_id, found)


def _by_national_id(context: Context, known_id: str) -> LoginResult:
    """National ID and trading password (0-03); where the issuer's own program hands its login over, that as well (0-02)."""
    answer = cast(  # a question with an action may be answered by it
        str | Action,
        context.face.ask(
            Line(
                key="national_id",
                facts={"issuer": context.issuer_name},
                check=person_number,
                suggested=known_id,
                suggested_shown=mask_numbers(known_id) if known_id else "",
                actions=("sign_on",) if context.profile.login.sso else (),
            )
        ),
    )
    if isinstance(answer, Action):
        return sign_on(context)
    person_id = answer

    def credentials(refused: IssuerRefused | None) -> Credentials:
        facts: dict[str, str | int] = {"issuer": context.issuer_name, "id": mask_numbers(person_id)}
        return NationalId(person_id, _password(context, "trading_password", facts, refused))

    return _until_accepted(context, credentials)


def _by_account(context: Context) -> LoginResult:
    """Account, site password and the picture's digits (2-04, 4-10)."""
    account = context.face.ask(Line(key="site_account", facts={"issuer": context.issuer_name}, check=_not_empty))

    def credentials(refused: IssuerRefused | None) -> Credentials:
        password = _password(context, "site_password", {"issuer": context.issuer_name}, refused)
        picture, digits = read_captcha(context) if context.profile.login.captcha else ("", "")
        return SiteAccount(account, password, picture, digits)

    return _until_accepted(context, credentials)


def _password(context: Context, key: str, facts: dict[str, str | int], refused: IssuerRefused | None) -> Secret:
    tries_left = refused.tries_left if refused and refused.number != CAPTCHA_WRONG else None
    return plain(context.face.ask(SecretLine(key=key, facts=facts, tries_left=tries_left, error=refused)))


def _until_accepted(context: Context, credentials: Callable[[IssuerRefused | None], Credentials]) -> LoginResult:
    """Ask and log in until the issuer accepts; what was typed is sent once, and asked for anew after a refusal."""
    refused: IssuerRefused | None = None
    while True:
        given = credentials(refused)
        try:
            return context.face.wait("login", lambda: context.issuer.login(given))  # noqa: B023 - runs now
        except IssuerRefused as error:
            if error.number == LOGIN_SUSPENDED or (error.tries_left == 0 and error.number != CAPTCHA_WRONG):
                raise _suspended(context, error) from None
            if not error.tries_left:
                raise
            refused = error


def _suspended(context: Context, refused: IssuerRefused) -> IssuerRefused | LoginSuspended:
    """Say where the login is freed; one that time frees stays the issuer's own refusal."""
    way = context.profile.login.reset
    if way not in (Way.PAPER, Way.COUNTER):
        return refused
    return LoginSuspended(issuer=context.issuer_name, rule=way.value, **context.contact)


def _not_empty(typed: str) -> str:
    if not typed:
        raise InputError(field="site_account", rule="empty")
    return typed
