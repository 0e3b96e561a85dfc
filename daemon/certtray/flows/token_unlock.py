"""A locked card or token opened again: through its issuer where that is connected (4-21, 4-22), else by its unblocking secret."""

from __future__ import annotations

from certtray.core.errors import PinWrong, TokenFailed
from certtray.core.secret import Secret
from certtray.flows.card_unlock import unlock_by_issuer, unlocking_issuer
from certtray.flows.done import Done
from certtray.flows.questions import SecretLine, plain
from certtray.flows.recorded import record
from certtray.flows.stage import Stage
from certtray.flows.tokens import PUK, chosen
from certtray.inventory.history import History, What
from certtray.token.modules import Unblock
from certtray.token.pin import check_changeable


def play(stage: Stage, serial: str) -> Done:
    """Through the issuer; else ask for the secret and a new PIN, and give both to the card in one command.

    PinLocked (rule ``puk``), TokenReadOnly and others of a token's.
    """
    with chosen(stage.face, stage.home, serial) as hand:
        check_changeable(hand.token)
        if hand.module.unblock is Unblock.NONE:
            raise TokenFailed(token=hand.token.name, rule="no_unblock")
        if issuer := unlocking_issuer(stage, hand.token):
            return unlock_by_issuer(stage.context(issuer.id), hand)

        def ask(refused: PinWrong | None) -> tuple[Secret, Secret]:
            question = SecretLine(key=PUK, facts={"token": hand.token.name}, error=refused)
            return plain(stage.face.ask(question)), hand.ask_new_pin()

        hand.until_right(ask, lambda typed: hand.worker.unblock(hand.token, *typed))
        name, held = hand.token.name, hand.token.held
    fingerprints = [each.certificate.fingerprint for each in held]
    record(stage.face, History(stage.home.history), stage.clock(), What.TOKEN_UNLOCK, fingerprints)
    return Done("token_unlock", {"token": name}, data={"serial": hand.token.serial})
