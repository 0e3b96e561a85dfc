"""A card unlocked through its issuer (4-21 密碼重置, 4-22 鎖卡解碼): 卡片驗證, a new PIN, the issuer's code."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

from certtray.core.errors import IssuerRefused, PinWrong
from certtray.core.secret import Secret
from certtray.flows.context import Context
from certtray.flows.done import Done
from certtray.flows.face import Event
from certtray.flows.login import log_in
from certtray.flows.recorded import record
from certtray.flows.stage import Stage
from certtray.flows.tokens import Hand
from certtray.flows.unlockings import Unlocking, Unlockings, tell_issuer
from certtray.inventory.history import What
from certtray.issuers.base import PASSWORD_LOGIN, UnlockState
from certtray.rules.profile import Adapter, Profile, Way
from certtray.rules.profiles import match
from certtray.system.connections import load_connection
from certtray.token.model import Token


def unlocking_issuer(stage: Stage, token: Token) -> Profile | None:
    """Return the connected issuer of a certificate on the token that unlocks it on line; None where there is none."""
    for held in token.held:
        profile = match(held.certificate, tuple(stage.profiles.values()))
        if profile is None or profile.adapter is not Adapter.RA or profile.manage.unlock is not Way.MENU:
            continue
        if load_connection(stage.home, profile.id) is not None:
            return profile
    return None


def unlock_by_issuer(context: Context, hand: Hand) -> Done:
    """Log in with the site password, have the card verified, and give it the issuer's code with a new PIN, in one command.

    Nothing is released before the new PIN is chosen. The code lives in this process between the issuer's answer and the card
    only; whoever is interrupted there begins again, and gets it again. IssuerRefused, PinWrong, PinLocked, PinUnclear …
    """
    account, journal = log_in(context), Unlockings(context.home.unlockings)
    begun = journal.find(context.profile.id, hand.token.serial)
    if begun is None or begun.holder != account.person_id:
        begun = Unlocking(str(uuid4()), context.profile.id, hand.token.serial, account.person_id)
    if _verify(context, hand, begun) == "done":  # told already, but killed before it was struck out
        begun = replace(begun, id=str(uuid4()))
        _verify(context, hand, begun)
    context.face.tell(Event("card_verified", {"token": hand.token.name}))
    new = hand.ask_new_pin()
    journal.save(replace(begun, taken=False))
    code = context.face.wait("release_code", lambda: context.issuer.release(UUID(begun.id)))
    _give(context, hand, code, new)
    taken = replace(begun, taken=True)
    journal.save(taken)
    fingerprints = [each.certificate.fingerprint for each in hand.token.held]
    record(context.face, context.history, context.clock(), What.TOKEN_UNLOCK, fingerprints)
    told = tell_issuer(context, taken)
    return Done("card_unlock", {"token": hand.token.name}, data={"serial": hand.token.serial, "told": told})


def _verify(context: Context, hand: Hand, begun: Unlocking) -> UnlockState:
    """卡片驗證: number and certificates are this account's. A login by card does not do: then once more with the password."""
    own = [each.der for each in hand.token.held if match(each.certificate, (context.profile,))]

    def verify() -> UnlockState:
        return context.face.wait(
            "verify_card", lambda: context.issuer.verify_card(UUID(begun.id), hand.token.serial, own)
        )

    try:
        return verify()
    except IssuerRefused as refused:
        if refused.number != PASSWORD_LOGIN:
            raise
    context.session.account = None
    log_in(context, known_id=begun.holder)
    return verify()


def _give(context: Context, hand: Hand, code: Secret, new: Secret) -> None:
    try:
        context.face.wait("token_works", lambda: hand.worker.unblock(hand.token, code, new))
    except PinWrong as wrong:
        raise PinWrong(token=hand.token.name, rule="issuer_puk") from wrong  # nobody typed it: asking again is no help
