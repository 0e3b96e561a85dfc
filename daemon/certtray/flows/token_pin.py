"""A card's or token's PIN changed (4-20 晶片卡密碼修改, 3-22 and 3-23 載具密碼變更)."""

from __future__ import annotations

from certtray.core.errors import PinWrong
from certtray.core.secret import Secret
from certtray.flows.done import Done
from certtray.flows.recorded import record
from certtray.flows.stage import Stage
from certtray.flows.tokens import chosen
from certtray.inventory.history import History, What
from certtray.token.pin import check_changeable


def play(stage: Stage, serial: str) -> Done:
    """Old one, new one twice, one command to the card: PinLocked, TokenReadOnly, PinUnclear …"""
    with chosen(stage.face, stage.home, serial) as hand:
        check_changeable(hand.token)

        def ask(refused: PinWrong | None) -> tuple[Secret, Secret]:
            old = hand.ask_pin(refused)
            return old, hand.ask_new_pin(old)

        hand.until_right(ask, lambda typed: hand.worker.set_pin(hand.token, *typed))
        name, held = hand.token.name, hand.token.held
    fingerprints = [each.certificate.fingerprint for each in held]
    record(stage.face, History(stage.home.history), stage.clock(), What.TOKEN_PIN, fingerprints)
    return Done("token_pin", {"token": name}, data={"serial": hand.token.serial})
