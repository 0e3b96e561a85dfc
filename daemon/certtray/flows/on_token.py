"""A procedure whose keys are on a card or token: which one, whose it is, how full it is (3-10, 3-11, 3-14, 3-15, 4-12)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from certtray.core.errors import Cancelled, CertTrayError, NotThisPerson, TokenNeeded
from certtray.core.identity import identity
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.questions import Confirm
from certtray.flows.tokens import Hand, chosen
from certtray.media.token import TokenMedium
from certtray.rules.profile import Device, TokenRules
from certtray.rules.profiles import match
from certtray.token.model import Token
from certtray.token.pin import check_changeable, check_usable


@contextmanager
def on_token(context: Context, serial: str = "", *, with_own: bool = False) -> Iterator[Context]:
    """Yield the context with the token as its medium, for the length of the block; nobody is logged in to it yet.

    The token with this serial number, else the one the person chooses; ``with_own`` offers only those that hold a certificate of
    this issuer. NoToken, TokenReadOnly, PinLocked: all before anything is asked that would be in vain.
    """

    def fits(token: Token) -> bool:
        return not with_own or any(match(each.certificate, (context.profile,)) is not None for each in token.held)

    with chosen(context.face, context.home, serial, fits) as hand:
        check_changeable(hand.token)
        check_usable(hand.token)
        medium = TokenMedium(hand.token, context.profile, hand.module.places, hand.opened)
        yield replace(context, pc_medium=medium, token=hand)
        hand.log_out()
        with suppress(CertTrayError):  # what is done is done, and the next scan sees it too
            hand.read_again()
            context.inventory.tokens.merge([hand.token], context.clock())


def device_of(context: Context, name: str) -> Device:
    """Return the kind of token an issuer means; TokenNeeded where it is none this issuer has rules for."""
    if name not in context.profile.tokens:
        raise TokenNeeded(issuer=context.issuer_name, **context.contact)
    return Device(name)


def make_ready(context: Context, device: Device, holder: str) -> None:
    """See whose token it is and how full, say what it will want of the person, then log in (PIN): NotThisPerson, Cancelled …"""
    hand, rules = in_hand(context), context.profile.tokens[device]
    strangers = [
        each
        for each in hand.token.held
        if match(each.certificate, (context.profile,)) is not None and identity(each.certificate).holder != holder
    ]
    if strangers:  # one's own token only (3-22)
        raise NotThisPerson(issuer=context.issuer_name)
    _advise(context, hand, rules)
    hand.limit = rules.tries
    hand.log_in()
    if rules.button:
        context.face.tell(Event("press_button", {"token": hand.token.name}))


def in_hand(context: Context) -> Hand:
    """Return the token in hand; there is one."""
    assert context.token is not None  # noqa: S101 - asked for where the keys are on a token only
    return context.token


def _advise(context: Context, hand: Hand, rules: TokenRules) -> None:
    """Advise to delete old ones first on a token that holds many; it is advice and no rule."""
    count = sum(not each.certificate.is_ca for each in hand.token.held)
    if rules.advise_over is None or count <= rules.advise_over:
        return
    facts: dict[str, str | int] = {"token": hand.token.name, "n": count, "most": rules.advise_over}
    if not context.face.ask(Confirm(key="token_nearly_full", facts=facts)):
        raise Cancelled(where="token_nearly_full")
