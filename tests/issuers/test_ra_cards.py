"""Cards at the RA: login by certificate id and proof (4-14); the unblocking code released once, to its holder (4-21, 4-22)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from certtray.core.errors import IssuerRefused
from certtray.core.secret import Secret
from certtray.crypto.cmc import login_proof, renewal_proof
from certtray.crypto.request import build_request
from certtray.issuers.base import CardChallenge, CardProof
from certtray.issuers.ra import RaIssuer
from certtray_sandbox import captcha, counter, handing_out
from certtray_sandbox.cards.memory import PIN, Memory
from certtray_sandbox.limits import CARD_LOGIN_LIFE, LOCK
from tests.issuers.customer import Held, new_key
from tests.issuers.holder import Holder
from tests.rigs import ReferenceRa

FINE, COMPANY, CN = "twca-fine", "70759028", "70759028-00-0007"
A_BIT = timedelta(seconds=2)


@pytest.fixture
def holder(ra: ReferenceRa) -> Iterator[Holder]:
    """A company with a login of its own and a pair of certificates."""
    with Holder(ra, FINE, COMPANY) as holder:
        yield holder


@pytest.fixture
def card(ra: ReferenceRa, holder: Holder, tmp_path: Path) -> Memory:
    """A card handed out to it."""
    handing_out.hand_out(ra.folder, FINE, holder.person, tmp_path / "card.json")
    return Memory.load(tmp_path / "card.json")


def refused(call: Callable[[], object]) -> tuple[str, int | None]:
    with pytest.raises(IssuerRefused) as no:
        call()
    return no.value.number, no.value.tries_left


class AtTheDoor:
    """Somebody with a card who is not logged in."""

    def __init__(self, ra: ReferenceRa) -> None:
        self.ra, self.issuer = ra, RaIssuer(ra.url_of(FINE), ra.tls_root, ra.clock)

    def challenge(self, certificate_id: str = CN) -> CardChallenge:
        picture = self.issuer.captcha()
        return self.issuer.card_challenge(certificate_id, picture.id, captcha.last_digits(self.ra.folder, FINE))

    def proof(self, of: CardChallenge, held: Held, certificate_id: str = CN) -> CardProof:
        made = login_proof(of.id, of.nonce, certificate_id, held.key, held.der, now=self.ra.clock())
        return CardProof(of.id, made)

    def knock(self, held: Held) -> str:
        return self.issuer.login(self.proof(self.challenge(), held)).person_id


@pytest.fixture
def door(ra: ReferenceRa) -> Iterator[AtTheDoor]:
    made = AtTheDoor(ra)
    yield made
    made.issuer.close()


def test_a_card_logs_in_without_a_password_once_for_each_challenge(
    ra: ReferenceRa, holder: Holder, door: AtTheDoor
) -> None:
    signing, encryption = holder.get()
    challenge = door.challenge()
    proof = door.proof(challenge, signing)
    assert door.issuer.login(proof).person_id == COMPANY
    assert {each.device for each in door.issuer.certificates()} == {"card"}
    assert refused(lambda: door.issuer.login(proof)) == ("8020", None)
    late = door.proof(door.challenge(), signing)
    ra.put_forward(CARD_LOGIN_LIFE + A_BIT)
    assert refused(lambda: door.issuer.login(late)) == ("8020", None)
    assert refused(lambda: door.knock(encryption)) == ("8008", 2)  # it cannot have signed an order either


def test_a_picture_is_spent_with_the_challenge(ra: ReferenceRa, holder: Holder, door: AtTheDoor) -> None:
    picture = door.issuer.captcha()
    read = captcha.last_digits(ra.folder, FINE)
    door.issuer.card_challenge(CN, picture.id, read)
    assert refused(lambda: door.issuer.card_challenge(CN, picture.id, read)) == ("8017", 9)
    other = RaIssuer(ra.url_of("twca-soft"), ra.tls_root, ra.clock)
    assert refused(lambda: other.card_challenge(CN, picture.id, read)) == ("8007", None)
    assert refused(lambda: other.login(CardProof(uuid4(), b"x"))) == ("8007", None)
    other.close()


Wrong = Callable[[AtTheDoor, CardChallenge, Held], bytes]


def as_renewal(door: AtTheDoor, of: CardChallenge, held: Held) -> bytes:
    """What the same key signs to renew does not log in."""
    return renewal_proof([build_request(new_key(), "x")], of.id, of.nonce, held.key, held.der, now=door.ra.clock())


def as_bare_renewal(door: AtTheDoor, of: CardChallenge, held: Held) -> bytes:
    return renewal_proof([], of.id, of.nonce, held.key, held.der, now=door.ra.clock())


WRONG: dict[str, Wrong] = {
    "garbage": lambda *_: b"0\x03garbage",
    "key": lambda door, of, held: door.proof(of, Held(new_key(), held.der)).proof,
    "challenge": lambda door, of, held: door.proof(CardChallenge(uuid4(), of.nonce), held).proof,
    "nonce": lambda door, of, held: door.proof(CardChallenge(of.id, bytes(32)), held).proof,
    "name": lambda door, of, held: door.proof(of, held, "70759028-00-0008").proof,
    "renewal": as_renewal,
    "no requests": as_bare_renewal,
}


def test_a_wrong_proof_counts_and_locks_for_a_while(ra: ReferenceRa, holder: Holder, door: AtTheDoor) -> None:
    signing, _ = holder.get()
    for wrong in WRONG.values():
        challenge = door.challenge()
        bad = CardProof(challenge.id, wrong(door, challenge, signing))
        assert refused(lambda: door.issuer.login(bad)) == ("8008", 2)  # noqa: B023
        assert door.knock(signing) == COMPANY  # a right one starts the count anew
    for left in (2, 1, 0):
        assert refused(lambda: door.knock(Held(new_key(), signing.der))) == ("8008", left)
    ra.restart(kill=True)
    assert refused(lambda: door.knock(signing)) == ("8002", 0)
    holder.log_in()  # the site's login is not suspended by it
    ra.put_forward(LOCK + A_BIT)
    assert door.knock(signing) == COMPANY


def test_only_a_certificate_in_force_logs_in(ra: ReferenceRa, holder: Holder, door: AtTheDoor) -> None:
    signing, _ = holder.get()
    holder.issuer.suspend([signing.serial])
    assert refused(lambda: door.knock(signing)) == ("8008", 2)
    holder.issuer.reinstate([signing.serial])
    assert door.knock(signing) == COMPANY
    counter.revoke(ra.folder, FINE, [f"{signing.serial:X}"], "keyCompromise")
    assert refused(lambda: door.knock(signing)) == ("8008", 2)
    stranger = door.proof(door.challenge("12345678-00-0007"), signing, "12345678-00-0007")
    assert refused(lambda: door.issuer.login(stranger)) == ("8008", 2)  # an unknown id looks alike


def test_a_cards_code_is_released_to_one_unlocking_until_it_reports(
    ra: ReferenceRa, holder: Holder, card: Memory
) -> None:
    ders, number, first = [each.der for each in holder.get()], str(card.serial), uuid4()
    issuer = holder.issuer
    assert issuer.verify_card(first, number, ders) == "verified"
    assert refused(lambda: issuer.unlocked(first)) == ("8073", None)
    code = issuer.release(first)
    assert code.reveal().encode() == card.puk
    assert str(code) != code.reveal() and code.reveal() not in repr(code)
    assert issuer.release(first).reveal() == code.reveal()  # the answer may have been lost
    ra.restart(kill=True)
    holder.log_in()
    assert issuer.verify_card(first, number, ders) == "released"
    second = uuid4()
    assert issuer.verify_card(second, handing_out.chip(card), ders) == "verified"  # by its other number
    assert refused(lambda: issuer.release(second)) == ("8074", None)
    issuer.unlocked(first)
    issuer.unlocked(first)
    assert refused(lambda: issuer.release(first)) == ("8075", None)
    assert issuer.verify_card(first, number, ders) == "done"
    assert issuer.release(second).reveal() == code.reveal()  # armed again
    third = uuid4()
    issuer.verify_card(third, number, ders)
    assert refused(lambda: issuer.release(third)) == ("8074", None)
    handing_out.rearm(ra.folder, FINE, number)  # the card was shown at the counter
    issuer.release(third)


def test_only_ones_own_card_with_ones_own_certificates(
    ra: ReferenceRa, holder: Holder, card: Memory, tmp_path: Path
) -> None:
    ders, number = [each.der for each in holder.get()], str(card.serial)
    with Holder(ra, FINE, "A123456789") as other:
        theirs = [each.der for each in other.get()]
        assert refused(lambda: other.issuer.verify_card(uuid4(), number, ders)) == ("8071", 2)
        assert refused(lambda: other.issuer.verify_card(uuid4(), number, theirs)) == ("8071", 1)
        handing_out.hand_out(ra.folder, FINE, other.person, tmp_path / "other.json")
        foreign = str(Memory.load(tmp_path / "other.json").serial)
        mine = uuid4()
        assert holder.issuer.verify_card(mine, number, ders) == "verified"
        assert other.issuer.verify_card(uuid4(), foreign, theirs) == "verified"  # starts the count anew
        for call in (lambda: other.issuer.release(mine), lambda: other.issuer.verify_card(mine, foreign, theirs)):
            assert refused(call) == ("5010", None)  # another's unlocking does not exist
    for left, (serial, on_it) in zip((2, 1, 0), ((foreign, ders), (number, theirs), ("1234", ders)), strict=True):
        assert refused(partial(holder.issuer.verify_card, uuid4(), serial, on_it)) == ("8071", left)
    assert refused(lambda: holder.issuer.verify_card(uuid4(), number, ders)) == ("8072", 0)
    ra.put_forward(LOCK + A_BIT)
    holder.log_in()
    assert holder.issuer.verify_card(mine, number, ders) == "verified"
    handing_out.hand_out(ra.folder, FINE, holder.person, tmp_path / "second.json")
    second = str(Memory.load(tmp_path / "second.json").serial)
    assert refused(lambda: holder.issuer.verify_card(mine, second, ders)) == ("8073", None)


def test_unlocking_wants_the_site_password_and_an_issuer_that_does_it(
    ra: ReferenceRa, holder: Holder, card: Memory, door: AtTheDoor
) -> None:
    pair = holder.get()
    unlock, ders = uuid4(), [each.der for each in pair]
    holder.issuer.verify_card(unlock, str(card.serial), ders)
    door.knock(pair[0])
    for call in (
        lambda: door.issuer.verify_card(unlock, str(card.serial), ders),
        lambda: door.issuer.release(unlock),
        lambda: door.issuer.unlocked(unlock),
        lambda: door.issuer.change_password(Secret(holder.password), Secret("other-2468")),
    ):
        assert refused(call) == ("8026", None)
    with Holder(ra, "tcb-fxml", device="iKey") as elsewhere:
        assert refused(lambda: elsewhere.issuer.verify_card(unlock, "1", ders)) == ("8064", None)


def test_two_cards_two_pin_slips_two_password_slips(ra: ReferenceRa, holder: Holder, tmp_path: Path) -> None:
    numbers = [handing_out.hand_out(ra.folder, FINE, COMPANY, tmp_path / f"{n}.json") for n in (1, 2)]
    messages = [each for each in ra.outbox() if each.kind == "paper"]
    slips = {each.card: each.password for each in messages if "卡號" in each.text}
    accounts = {each.account: each.password for each in messages if "帳號" in each.text}
    assert list(slips) == numbers and len(set(slips.values())) == 2 and len(accounts) == 2
    memories = [Memory.load(tmp_path / f"{n}.json") for n in (1, 2)]
    for memory, number in zip(memories, numbers, strict=True):
        assert memory.pin.rstrip(b"\xff").decode() == slips[number]
        assert memory.left[PIN] == memory.tries == 3
    assert memories[0].puk != memories[1].puk
    register = b"".join(path.read_bytes() for path in (ra.folder / FINE).iterdir())
    for memory in memories:
        assert memory.puk not in register
        assert not any(memory.puk.decode() in each.text for each in messages)
    with pytest.raises(counter.CounterRefuses):
        handing_out.hand_out(ra.folder, FINE, COMPANY, tmp_path / "1.json")
    second = list(accounts)[-1]
    holder.account = second
    assert holder.log_in(accounts[second]).must_change_password
    holder.issuer.change_password(Secret(accounts[second]), Secret("second-2468"))
    holder.account = next(iter(accounts))
    assert not holder.log_in().must_change_password  # each has a password of its own


@pytest.mark.parametrize("device", ["iKey", "ezSign"])
def test_the_device_fixed_at_the_counter_is_in_every_answer(ra: ReferenceRa, device: str) -> None:
    with Holder(ra, "tcb-fxml", device=device) as holder:
        assert holder.log_in().key_plan.devices == ("PC", "iKey", "ezSign")
        ra.hold("tcb-fxml")
        (registration,) = holder.issuer.registrations()
        assert registration.device == device
        keys = [new_key(), new_key()]
        requests = [build_request(key, holder.person) for key in keys]
        enrollment = holder.request(requests, "apply", ())
        assert holder.issuer.enroll(enrollment).device == device
        holder.issuer.give_apply_password(enrollment.id, holder.notice())
        holder.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
        (waiting,) = holder.issuer.downloads()
        assert (waiting.device, waiting.pending, waiting.enrollment_id) == (device, True, enrollment.id)
        ra.release("tcb-fxml")
        form = counter.register(ra.folder, "tcb-fxml", holder.person, device="iKey", action="convert")
        counter.approve(ra.folder, "tcb-fxml", form)
        (fedi,) = [each for each in holder.issuer.registrations() if each.action == "convert"]
        assert fedi.device == "iKey"
        converted = holder.get("convert", registration=fedi.id)
        renewed = holder.get("renew", converted)
        wanted = {each.serial for each in (*converted, *renewed)}
        devices = {each.device for each in holder.issuer.certificates() if each.serial in wanted}
        assert devices == {"iKey"}


def test_a_release_survives_a_power_cut_at_the_ra(ra: ReferenceRa, holder: Holder, card: Memory) -> None:
    ders, unlock = [each.der for each in holder.get()], UUID("11111111-2222-4333-8444-555555555555")
    holder.issuer.verify_card(unlock, str(card.serial), ders)
    holder.issuer.release(unlock)
    ra.stop(kill=True)
    with closing(sqlite3.connect(ra.folder / FINE / "ra.sqlite")) as db:
        assert db.execute("SELECT released_to FROM cards").fetchall() == [(str(unlock),)]
