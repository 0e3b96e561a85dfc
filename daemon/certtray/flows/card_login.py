"""Logging in by 憑證識別碼, picture and proof by the card (4-14): no site password."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from certtray.core.certificate import Usage
from certtray.core.errors import InputError, IssuerRefused, OldCertificateLost, UnsupportedAlgorithm
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.crypto.cmc import login_proof
from certtray.flows.captcha import read_captcha
from certtray.flows.context import Context
from certtray.flows.questions import Line
from certtray.flows.tokens import Hand, chosen
from certtray.issuers.base import CAPTCHA_WRONG, CARD_NOT_PROVEN, CHALLENGE_VOID, CardChallenge, CardProof, LoginResult
from certtray.rules.profiles import match
from certtray.token.key import TokenKey
from certtray.token.logged_in import LoggedIn
from certtray.token.model import Held, Token

AGAIN: Final = frozenset((CAPTCHA_WRONG, CARD_NOT_PROVEN, CHALLENGE_VOID))
"""Refusals after which a person may try once more."""


def log_in_by_card(context: Context) -> LoginResult:
    """Ask whose certificate it is, the picture and the PIN, and log in; NoToken, PinLocked, IssuerRefused.

    By the token in hand, else by one of those with a certificate of this issuer. Each answer is used once: where the
    issuer refuses, picture and PIN are both asked for anew. A login to the token that is open already is used as it is.
    """
    if context.token is None:
        with chosen(context.face, context.home, "", lambda token: bool(_signing(context, token))) as hand:
            return _until_accepted(context, hand)
    return _until_accepted(context, context.token)


def _until_accepted(context: Context, hand: Hand) -> LoginResult:
    held = _choose(context, hand.token)
    limits = {rules.tries for rules in context.profile.tokens.values()}
    if len(limits) == 1:  # else it depends on the kind of token
        (hand.limit,) = limits
    refused: IssuerRefused | None = None
    while True:
        try:
            picture, digits = read_captcha(context, refused)
            challenge = context.face.wait(
                "card_challenge",
                lambda: context.issuer.card_challenge(held.certificate.subject_cn, picture, digits),  # noqa: B023
            )
            proof = _proof(hand, held, challenge, context.clock())
            return context.face.wait("login", lambda: context.issuer.login(proof))  # noqa: B023
        except IssuerRefused as error:
            if error.number not in AGAIN or error.tries_left == 0:
                raise
            refused = error


def _signing(context: Context, token: Token) -> list[Held]:
    """Return the certificates of this issuer on a token that are in force and sign, the latest first."""
    now = context.clock()
    found = [
        each
        for each in token.held
        if each.certificate.usage is not Usage.ENCRYPT
        and each.certificate.not_before <= now <= each.certificate.not_after
        and match(each.certificate, (context.profile,))
    ]
    return sorted(found, key=lambda each: (each.certificate.not_after, each.certificate.not_before), reverse=True)


def _choose(context: Context, token: Token) -> Held:
    """Ask for the certificate id; one that is not on the card is not sent anywhere. OldCertificateLost where there is none."""
    by_id = {
        each.certificate.subject_cn: each for each in reversed(_signing(context, token))
    }  # the latest of each stays
    if not by_id:
        raise OldCertificateLost(issuer=context.issuer_name, phone=context.profile.contact.phone)
    suggested = next(reversed(by_id))

    def check(typed: str) -> str:
        if typed not in by_id:
            raise InputError(field="certificate_id", rule="not_on_card")
        return typed

    facts: dict[str, str | int] = {"issuer": context.issuer_name, "token": token.name}
    line = Line(
        key="certificate_id",
        facts=facts,
        check=check,
        suggested=suggested,
        suggested_shown=mask_numbers(suggested),
    )
    return by_id[context.face.ask(line)]


def _proof(hand: Hand, held: Held, challenge: CardChallenge, now: datetime) -> CardProof:
    """Let the card sign the challenge, with one PIN command unless somebody is logged in to it."""
    public = x509.load_der_x509_certificate(held.der).public_key()
    if not isinstance(public, RSAPublicKey):
        raise UnsupportedAlgorithm(path=hand.token.name, algorithm="EC")

    def signed(opened: LoggedIn) -> CardProof:
        key, name = TokenKey(public, held.id, lambda: opened), held.certificate.subject_cn
        return CardProof(challenge.id, login_proof(challenge.id, challenge.nonce, name, key, held.der, now=now))

    def with_pin(pin: Secret) -> CardProof:
        with hand.worker.login(hand.token, pin) as opened:
            return signed(opened)

    return signed(hand.opened()) if hand.is_open else hand.with_pin(with_pin)
