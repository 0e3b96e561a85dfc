"""The worker and its client on real modules: what they show, what they refuse, and how they fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from certtray.core.errors import (
    AlreadyRunning,
    PinLocked,
    PinUnclear,
    PinWrong,
    TokenFailed,
    TokenGone,
    TokenReadOnly,
)
from certtray.core.secret import Secret
from certtray.system.locks import alone
from certtray.token import client
from certtray.token.client import TokenWorker
from certtray.token.model import Standing, Token
from certtray.token.modules import Module, read_only
from certtray_sandbox.cards.memory import PIN, RIG_MANAGEMENT_KEY
from tests import makers
from tests.patience import SECONDS
from tests.token.conftest import KNOWN, SOFT_PIN, Cards, only, worker

RIGHT, WRONG, NEW, PUK = Secret("123456"), Secret("999999"), Secret("654321"), Secret("12345678")
VERIFY, EMPTY = 0x20, 5
CARD_MODULES = ("opensc", "ykcs11")


def keys(running: TokenWorker, token: Token, pin: Secret) -> list[str]:
    with running.login(token, pin) as card:
        return card.keys()


def verifies(party: makers.Party, signature: bytes, data: bytes) -> bool:
    party.key.public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())  # raises where it does not
    return True


@pytest.mark.parametrize("module", CARD_MODULES)
def test_a_card_is_read_without_a_pin_and_signs_with_one(cards: Cards, tmp_path: Path, module: str) -> None:
    with worker(module, tmp_path) as running:
        token = only(running)
        assert token.reader == cards.slot.reader
        assert (token.standing, token.tries_left) == (Standing.FINE, 3)
        held = {each.certificate.fingerprint: each for each in token.held}
        assert {each.der for each in token.held} == {cards.signing.der, cards.encryption.der}
        assert cards.card.transcript.pins == []
        first = held[makers_fingerprint(cards.signing)]
        with running.login(token, RIGHT) as card:
            signature = card.sign(first.id, b"order")
    assert verifies(cards.signing, signature, b"order")
    assert [str(each) for each in cards.card.transcript.pins] == ["VERIFY 00 80 ******** -> 9000"]


def makers_fingerprint(party: makers.Party) -> str:
    return party.certificate.fingerprint(hashes.SHA256()).hex()


@pytest.mark.parametrize("module", CARD_MODULES)
def test_each_wrong_pin_costs_one_try_and_the_last_locks(cards: Cards, tmp_path: Path, module: str) -> None:
    with worker(module, tmp_path) as running:
        for left, standing in ((2, {Standing.FINE, Standing.LOW}), (1, {Standing.FINAL}), (0, {Standing.LOCKED})):
            cards.card.transcript.clear()
            with pytest.raises((PinWrong, PinLocked)):
                keys(running, only(running), WRONG)
            assert len(cards.card.transcript.pins) == 1
            token = only(running)
            assert token.tries_left == left == cards.card.memory.left[PIN]
            assert token.standing in standing
        cards.card.transcript.clear()
        with pytest.raises(PinLocked):
            keys(running, token, RIGHT)
        with pytest.raises(PinLocked):
            running.set_pin(token, RIGHT, NEW)
        assert cards.card.transcript.pins == []


@pytest.mark.parametrize("module", CARD_MODULES)
def test_a_pin_is_changed_in_one_command(cards: Cards, tmp_path: Path, module: str) -> None:
    with worker(module, tmp_path) as running:
        running.set_pin(only(running), RIGHT, NEW)
        assert [each.name for each in cards.card.transcript.pins] == ["CHANGE REFERENCE DATA"]
        assert cards.card.memory.pin == b"654321\xff\xff"


@pytest.mark.parametrize("module", CARD_MODULES)
def test_a_locked_card_is_unlocked_in_one_command(cards: Cards, tmp_path: Path, module: str) -> None:
    cards.card.memory.left[PIN] = 0
    with worker(module, tmp_path) as running:
        token = only(running)
        assert token.standing is Standing.LOCKED
        with pytest.raises(PinWrong) as refused:
            running.unblock(token, Secret("00000000"), NEW)
        assert refused.value.facts["rule"] == "puk"
        running.unblock(token, PUK, NEW)
        names = [(each.name, each.status) for each in cards.card.transcript.pins]
        assert names == [("RESET RETRY COUNTER", 0x63C2), ("RESET RETRY COUNTER", 0x9000)]
        assert only(running).standing is not Standing.LOCKED
        assert keys(running, only(running), NEW)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("module", CARD_MODULES)
def test_a_card_pulled_at_the_pin(cards: Cards, tmp_path: Path, module: str, answered: bool) -> None:
    with worker(module, tmp_path) as running:
        token = only(running)
        cards.slot.pull_answered = answered
        cards.slot.pull_when = lambda _, command: command[1] == VERIFY and len(command) > EMPTY
        with pytest.raises((TokenGone, TokenFailed)):
            keys(running, token, RIGHT)
        assert cards.slot.out.wait(SECONDS)
        assert len(cards.card.transcript.pins) == int(answered)
        cards.slot.pull_when = None
        cards.slot.insert(cards.card)
    with worker(module, tmp_path) as running:
        assert keys(running, only(running), RIGHT)


@pytest.mark.full
@pytest.mark.parametrize("answered", [False, True])
def test_a_card_pulled_at_every_command_of_a_pin_change(cards: Cards, tmp_path: Path, answered: bool) -> None:
    with worker("opensc", tmp_path) as running:
        token, before = only(running), cards.slot.commands
        running.set_pin(token, RIGHT, NEW)
        last = cards.slot.commands - before
    assert last >= 1
    cards.slot.pull_answered = answered
    for at in range(1, last + 1):
        cards.slot.remove()
        cards.slot.pull_when = None
        cards.card.memory.pin = b"123456\xff\xff"
        cards.slot.insert(cards.card)
        cards.card.transcript.clear()
        with worker("opensc", tmp_path) as running:
            token, before = only(running), cards.slot.commands
            cards.slot.pull_when = lambda number, _, here=before + at: number >= here
            with pytest.raises(PinUnclear):
                running.set_pin(token, RIGHT, NEW)
        assert len(cards.card.transcript.pins) <= 1


def test_a_pin_goes_to_the_card_it_was_typed_for_or_nowhere(cards: Cards, tmp_path: Path) -> None:
    with worker("opensc", tmp_path) as running:
        token = only(running)
        cards.slot.remove()
        cards.card.memory.serial = 0x00BADBAD
        cards.card.memory.objects["5fc102"] = cards.card.memory.objects["5fc102"].replace(
            bytes.fromhex("00c0ffee"), bytes.fromhex("00badbad")
        )
        cards.slot.insert(cards.card)
        with pytest.raises(TokenGone):
            keys(running, token, RIGHT)
    assert cards.card.transcript.pins == []


def test_cards_whose_issuer_forbids_it_are_only_read(
    cards: Cards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = read_only()[0]
    monkeypatch.setattr(client, "read_only", lambda: (type(issuer)("x", ("TWCA TEST USER CA",)),))
    with worker("opensc", tmp_path) as running:
        token = only(running)
        assert token.read_only
        actions: list[Callable[[], object]] = [
            lambda: running.set_pin(token, RIGHT, NEW),
            lambda: running.unblock(token, PUK, NEW),
            lambda: running.manage(token, RIGHT).__enter__(),
        ]
        for act in actions:
            with pytest.raises(TokenReadOnly):
                act()
    assert cards.card.transcript.pins == []


def test_one_command_at_a_time_goes_to_a_card(soft: makers.Party, tmp_path: Path) -> None:
    with worker("softhsm", tmp_path) as first, worker("softhsm", tmp_path) as second:
        token = only(first)
        with alone(first.lock_of(token), "card"), pytest.raises(AlreadyRunning):
            keys(second, only(second), SOFT_PIN)
        assert keys(second, only(second), SOFT_PIN) == ["01"]


def test_a_session_another_part_left_open_is_none_of_ours(soft: makers.Party, tmp_path: Path) -> None:
    with worker("softhsm", tmp_path) as running:
        token = only(running)
        with pytest.raises(PinWrong):
            keys(running, token, WRONG)
        for _ in range(3):  # after a refused login, and again: nothing is left logged in
            assert keys(running, token, SOFT_PIN) == ["01"]


def test_what_is_deleted_is_gone(soft: makers.Party, tmp_path: Path) -> None:
    with worker("softhsm", tmp_path) as running:
        token = only(running)
        with running.manage(token, SOFT_PIN) as card:
            assert verifies(soft, card.sign("01", b"x"), b"x")
            card.delete(["01"])
        assert only(running).held == ()
        assert keys(running, token, SOFT_PIN) == []


def made(running: TokenWorker, token: Token, pin: Secret, key_id: str) -> None:
    """Make a key on the token, and let it sign and decrypt under a certificate stored beside it; one login to write, one to use."""
    with running.manage(token, pin) as card:
        public = card.generate(key_id, "new", 2048)
        party = makers.holder("A123456789-00-090320")
        der = party.der  # its key is another one: a token does not look
        card.store(key_id, "new", der)
    with running.login(token, pin) as card:
        public.verify(card.sign(key_id, b"x"), b"x", padding.PKCS1v15(), hashes.SHA256())
        assert card.decrypt(key_id, public.encrypt(b"secret", padding.PKCS1v15())) == b"secret"
    assert der in [held.der for held in only(running).held]


def test_a_key_is_made_on_a_token_its_user_manages(soft: makers.Party, tmp_path: Path) -> None:
    with worker("softhsm", tmp_path) as running:
        made(running, only(running), SOFT_PIN, "07")


def test_a_key_is_made_on_a_card_with_a_management_key(cards: Cards, tmp_path: Path) -> None:
    known = KNOWN["ykcs11"]
    managed = Module(known.id, known.name, known.paths, known.unblock, known.places, Secret(RIG_MANAGEMENT_KEY.hex()))
    with worker(managed, tmp_path) as running:
        made(running, only(running), RIGHT, "03")
    assert [each.name for each in cards.card.transcript.pins] == ["VERIFY", "VERIFY"]
