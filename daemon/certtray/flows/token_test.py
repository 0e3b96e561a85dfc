"""A test signature with a card or token: today's 「CSP test OK」 (4-08)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from certtray.core.certificate import Usage
from certtray.core.errors import NoneFits
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.crypto.keys import verifies
from certtray.flows.done import Cell, Done, Table, Word
from certtray.flows.stage import Stage
from certtray.flows.tokens import Hand, chosen
from certtray.token.model import Held

SAYS: Final = b"CertTray test signature. It is no order, no consent and no login. "
"""What is signed, with random bytes after it: a signature must never be of use to anybody else."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A certificate of the token, and whether its key signed for it."""

    held: Held
    good: bool


def play(stage: Stage, serial: str) -> Done:
    """Sign with every signing key, logged in once, and verify under its certificate: NoneFits, PinLocked, TokenGone …"""
    with chosen(stage.face, stage.home, serial) as hand:
        tested = sign_all(hand)
    return result(hand.token.name, tested)


def sign_all(hand: Hand) -> list[Tested]:
    """Ask for the PIN and try each key; NoneFits where no certificate on the token is for signing."""
    signing = [
        each
        for each in hand.token.held
        if not each.certificate.is_ca and each.certificate.usage in (Usage.SIGN, Usage.BOTH)
    ]
    if not signing:
        raise NoneFits(issuer=hand.token.name, rule="token-test")
    data = SAYS + os.urandom(16)

    def sign(pin: Secret) -> list[bytes]:
        with hand.worker.login(hand.token, pin) as card:
            return [card.sign(each.id, data) for each in signing]

    signatures = hand.with_pin(sign)
    return [
        Tested(held, verifies(signature, data, held.der)) for held, signature in zip(signing, signatures, strict=True)
    ]


def result(token: str, tested: list[Tested]) -> Done:
    """Return it for a person and for a script."""
    good = all(each.good for each in tested)
    rows: list[list[Cell]] = [
        [mask_numbers(each.held.certificate.subject_cn), Word("test_ok" if each.good else "test_failed")]
        for each in tested
    ]
    data = {
        "signatures": [{"fingerprint_sha256": each.held.certificate.fingerprint, "good": each.good} for each in tested]
    }
    key = "token_test" if good else "token_test_failed"
    table = Table(("certificate", "standing"), rows, ["ok" if each.good else "bad" for each in tested])
    return Done(key, {"token": token, "n": len(tested)}, table, data, "ok" if good else "bad")
