"""Routes about cards: the challenge a card answers to log in, and unlocking."""

from __future__ import annotations

import base64
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from certtray_sandbox import card_login, card_models, refusals, unlocks
from certtray_sandbox.callers import BODY, SESSION, Authenticated, TheSandbox
from certtray_sandbox.enrollment_routes import binary
from certtray_sandbox.limits import CARD_LOGIN_LIFE
from certtray_sandbox.problems import documented

router = APIRouter()

UNLOCK: Final = (
    *SESSION,
    refusals.INVALID,
    refusals.NO_SUCH_PAGE,
    refusals.PASSWORD_LOGIN,
    refusals.UNLOCK_ELSEWHERE,
)


@router.post(
    "/card-logins",
    status_code=201,
    responses=documented(*BODY, refusals.OTHER_LOGIN, refusals.CAPTCHA_WRONG, refusals.CAPTCHA_LOCKED),
)
def challenge_card(body: card_models.CardLoginBody, sandbox: TheSandbox) -> card_models.CardLoginAnswer:
    """Give a challenge that a card answers in `/sessions` (4-14)."""
    with sandbox.store.transaction() as db:
        made = card_login.make(db, sandbox.profile, body.certificate_id, body.captcha_id, body.captcha, sandbox.clock())
    life = int(CARD_LOGIN_LIFE.total_seconds())
    return card_models.CardLoginAnswer(id=made.id, nonce=base64.b64encode(made.nonce).decode(), expires_in=life)


@router.put(
    "/unlocks/{unlock_id}",
    responses={
        201: {"model": card_models.UnlockAnswer, "description": "Verified"},
        **documented(*BODY, *UNLOCK, refusals.CARD_NOT_YOURS, refusals.CARD_CHECKS_USED, refusals.UNLOCK_DIFFERS),
    },
)
def verify_card(
    unlock_id: UUID, body: card_models.UnlockBody, caller: Authenticated, response: Response
) -> card_models.UnlockAnswer:
    """Check that a card is this person's, under an id of the client's making (4-21 卡片驗證)."""
    card = unlocks.Card(body.serial, [binary(text) for text in body.certificates])
    with caller.call() as call:
        state, is_new = unlocks.verify(call.db, call.sandbox, call.session, str(unlock_id), card, call.now)
        response.status_code = 201 if is_new else 200
        return card_models.UnlockAnswer(id=unlock_id, state=state)


@router.put(
    "/unlocks/{unlock_id}/release",
    responses=documented(*UNLOCK, refusals.RELEASED_ELSEWHERE, refusals.UNLOCK_DONE),
)
def release(unlock_id: UUID, caller: Authenticated) -> card_models.ReleaseAnswer:
    """Tell the card's unblocking code; the same id may ask again until it has reported (4-21, 4-22)."""
    with caller.call() as call:
        secret = unlocks.release(call.db, call.sandbox, call.session, str(unlock_id))
        return card_models.ReleaseAnswer(secret=secret)


@router.put("/unlocks/{unlock_id}/done", status_code=204, responses=documented(*UNLOCK, refusals.UNLOCK_DIFFERS))
def report(unlock_id: UUID, caller: Authenticated) -> None:
    """Report that the card took the code: it is spent, and may be released for the next locking."""
    with caller.call() as call:
        unlocks.done(call.db, call.sandbox, call.session, str(unlock_id))
