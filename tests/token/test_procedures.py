"""Applying, renewing and downloading with the keys on a card or token, proven by OpenSSL and from the card's side."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from certtray_sandbox.cards import softhsm
from certtray_sandbox.cards.button import PATIENCE, Button
from certtray_sandbox.cards.service import Service
from certtray_sandbox.cards.softhsm import SoftToken
from certtray_sandbox.people import COMPANY, PEOPLE
from tests import makers
from tests.faces import Dialogue, Program
from tests.flows.site import Site, site
from tests.token.conftest import Cards, put, soft_conf
from tests.token.handed_out import handed_out
from tests.token.holder import (
    CARD_PIN,
    FINE,
    FXML,
    bank,
    empty_card,
    fine,
    keys,
    managed_row,
    on_card,
    signs,
    soft_token,
)

__all__ = ["bank", "empty_card", "fine", "soft_token"]
WRONG = "999999"
PUT_DATA = 0xDB


@pytest.mark.feature("3-10", "3-14")
def test_applied_and_renewed_on_an_ikey(
    bank: Site, soft_token: SoftToken, dialogue: Dialogue, certtray: Program, tmp_path: Path
) -> None:
    answers = bank.first_login(token_pin=softhsm.PIN)
    played = dialogue.play("apply", "--issuer", FXML, answers=answers)
    assert played.end.get("step") == "installed", played.end
    assert keys(played) == [
        "site_account",
        "site_password",
        "captcha",
        "registration",
        "registration_right",
        "email",
        "terms",
        "token_pin",
        "apply_password",
        "after_applying",
    ]
    assert dict(played.questions("token_pin")[0]["rows"])["連續輸錯幾次會鎖住"] == "10"
    (row,) = certtray.rows("token", "list")
    before = {each["id"]: each["usage"] for each in row["certificates"]}
    assert sorted(before.values()) == ["encrypt", "sign"]
    assert all(signs(soft_token, each, tmp_path) for each in before)
    known = certtray.rows("list")
    assert [each["locations"][0]["path"] for each in known] == [f"token:{row['serial']}"] * 2

    played = dialogue.play("renew", answers=answers)
    assert played.end.get("step") == "installed", played.end
    assert keys(played) == [
        "renew_early",
        "site_account",
        "site_password",
        "captcha",
        "email",
        "terms",
        "token_pin",
        "after_applying",
    ]
    assert len(played.questions("renew_early")[0]["rows"]) == 2 * 7  # a signing and an encryption certificate
    (row,) = certtray.rows("token", "list")
    after = {each["id"] for each in row["certificates"]}
    assert len(after) == 4 and before.keys() < after
    assert all(signs(soft_token, each, tmp_path) for each in after)
    left = [path.name for folder in (certtray.home / "operations").glob("*/") for path in folder.iterdir()]
    assert sorted(left) == ["issued.p7", "issued.p7", "operation.json", "operation.json"]


@pytest.mark.feature("3-14")
def test_a_token_that_fills_up_is_advised_about_and_no_more(
    bank: Site, soft_token: SoftToken, dialogue: Dialogue, tmp_path: Path
) -> None:
    others = {f"{at:02x}": makers.holder(f"A123456789-00-09031{at}") for at in range(7)}
    put(soft_token, tmp_path, others)
    answers = bank.first_login(token_pin=softhsm.PIN, token_nearly_full=False)
    played = dialogue.play("apply", "--issuer", FXML, answers=answers)
    assert played.end["code"] == "cancelled"
    (asked,) = played.questions("token_nearly_full")
    assert "7 張憑證" in asked["title"] and "超過 6 張" in asked["help"]
    assert not played.questions("token_pin")
    played = dialogue.play("apply", "--issuer", FXML, answers={**answers, "token_nearly_full": True})
    assert played.end.get("step") == "installed", played.end


@pytest.mark.feature("3-22")
def test_another_person_s_token_is_not_written_to(
    bank: Site, soft_token: SoftToken, dialogue: Dialogue, certtray: Program
) -> None:
    played = dialogue.play("apply", "--issuer", FXML, answers=bank.first_login(token_pin=softhsm.PIN))
    assert played.end.get("step") == "installed", played.end
    stranger = Site(bank.ra, certtray, FXML, PEOPLE[1])
    stranger.register(device="iKey")
    played = dialogue.play("apply", "--issuer", FXML, answers=stranger.first_login(token_pin=softhsm.PIN))
    assert played.end["code"] == "not-this-person"
    assert not played.questions("token_pin")
    assert len(certtray.rows("token", "list")[0]["certificates"]) == 2


@pytest.mark.feature("3-26")
def test_fedi_is_converted_onto_an_ikey(
    bank: Site, soft_token: SoftToken, dialogue: Dialogue, certtray: Program, tmp_path: Path
) -> None:
    bank.register(device="iKey", action="convert")
    played = dialogue.play("fedi", "--issuer", FXML, answers=bank.first_login(token_pin=softhsm.PIN))
    assert played.end.get("step") == "installed", played.end
    (row,) = certtray.rows("token", "list")
    assert len(row["certificates"]) == 2
    assert all(signs(soft_token, each["id"], tmp_path) for each in row["certificates"])


class Finger:
    """Presses a device's button each time it blinks, until ``lift``."""

    def __init__(self, button: Button) -> None:
        self._button, self._lifted = button, threading.Event()
        self._thread = threading.Thread(target=self._press, daemon=True)
        self._thread.start()

    def lift(self) -> None:
        """Press no more."""
        self._lifted.set()
        self._thread.join()

    def _press(self) -> None:
        while not self._lifted.is_set():
            if self._button.waiting.wait(0.05) and not self._lifted.is_set():
                before = self._button.presses
                self._button.press()
                # Not until it blinks no more: the next wait may begin before this thread looks again.
                while self._button.presses == before and not self._lifted.is_set():
                    self._lifted.wait(0.01)


@pytest.fixture
def ezsign(empty_card: Cards, certtray: Program) -> Iterator[Site]:
    """The bank, with the person's form for an ezSign approved; the card in the reader has a button."""
    empty_card.card.button.needed = True
    with site(certtray, FXML) as made:
        made.register(device="ezSign")
        yield made
    empty_card.card.button.needed = False


@pytest.mark.feature("3-11", "3-15")
def test_an_ezsign_s_button_confirms_each_use_of_a_key(ezsign: Site, empty_card: Cards, dialogue: Dialogue) -> None:
    button, answers = empty_card.card.button, ezsign.first_login(token_pin=CARD_PIN)
    finger = Finger(button)
    played = dialogue.play("apply", "--issuer", FXML, answers=answers)
    assert played.end.get("step") == "installed", played.end
    assert "press_button" in played.events()
    assert button.presses == 2 * 2  # each of two keys is made, and signs its request
    played = dialogue.play("renew", answers=answers)
    assert played.end.get("step") == "installed", played.end
    told = played.events()
    assert told.index("press_button") < told.index("press_button_to_prove")
    assert button.presses == 2 * 2 + 2 * 2 + 2  # and each of two old ones proves itself
    assert len(on_card(empty_card)) == 4
    finger.lift()


@pytest.mark.feature("3-11")
def test_a_button_nobody_presses_ends_it_and_leaves_nothing(
    ezsign: Site, empty_card: Cards, dialogue: Dialogue, certtray: Program
) -> None:
    empty_card.card.button.patience = 0.2
    played = dialogue.play("apply", "--issuer", FXML, answers=ezsign.first_login(token_pin=CARD_PIN))
    assert played.end["code"] == "token-failed", played.end
    assert on_card(empty_card) == {}
    empty_card.card.button.patience = PATIENCE
    finger = Finger(empty_card.card.button)
    played = dialogue.play("apply", "--issuer", FXML, answers=ezsign.first_login(token_pin=CARD_PIN))
    finger.lift()
    assert played.end.get("step") == "installed", played.end
    assert len(on_card(empty_card)) == 2


@pytest.mark.feature("4-12")
def test_applied_on_a_card_with_one_pin_command(
    fine: Site, empty_card: Cards, dialogue: Dialogue, certtray: Program
) -> None:
    played = dialogue.play("apply", "--issuer", FINE, answers=fine.first_login(token_pin=[WRONG, CARD_PIN]))
    assert played.end.get("step") == "installed", played.end
    assert keys(played)[-6:] == [
        "new_site_password",
        "registration",
        "registration_right",
        "terms",
        "token_pin",
        "token_pin",
    ]
    assert [each["tries_left"] for each in played.questions("token_pin")] == [3, 2]
    assert [each["key"] for each in played.rows if each["type"] == "wait"][-4:] != []
    exchanges = empty_card.card.transcript.exchanges
    assert [(each.name, each.status) for each in empty_card.card.transcript.pins] == [
        ("VERIFY", 0x63C2),
        ("VERIFY", 0x9000),
    ]
    first_key = next(at for at, each in enumerate(exchanges) if each.name == "GENERATE ASYMMETRIC KEY PAIR")
    assert exchanges.index(empty_card.card.transcript.pins[1]) < first_key  # no key before the right PIN
    usages = sorted(each["usage"] for each in on_card(empty_card).values())
    assert [usage.partition(",")[0] for usage in usages] == ["Digital Signature", "Key Encipherment"]
    assert CARD_PIN not in "".join(path.read_text() for path in certtray.home.glob("*.log"))


@pytest.mark.feature("4-17", "3-16")
def test_what_was_not_written_is_downloaded_on_the_same_computer(
    fine: Site, empty_card: Cards, dialogue: Dialogue, tmp_path: Path
) -> None:
    slot = empty_card.slot

    def second_certificate(_number: int, apdu: bytes) -> bool:
        """Making a key puts something in its certificate's place too: two of those, and one certificate, come before."""
        before = [each for each in empty_card.card.transcript.exchanges if each.name == "PUT DATA"]
        return apdu[1] == PUT_DATA and len(before) == 3

    slot.pull_when = second_certificate
    played = dialogue.play("apply", "--issuer", FINE, answers=fine.first_login(token_pin=CARD_PIN))
    assert played.end["code"] == "token-gone", played.end
    slot.pull_when = None
    answers = fine.answers(token_pin=CARD_PIN)
    away = dialogue.play("download", "--issuer", FINE, answers=answers)
    assert away.end["code"] == "no-token"
    slot.insert(empty_card.card)

    (tmp_path / "other" / "user").mkdir(parents=True)
    other = Site(fine.ra, Program(tmp_path / "other", more=dialogue.program.more), FINE, COMPANY)
    other.connect()
    elsewhere = Dialogue(other.program).play("download", "--issuer", FINE, answers=answers)
    assert elsewhere.end["code"] == "key-elsewhere"

    done = dialogue.play("download", "--issuer", FINE, answers=answers)
    assert done.end.get("step") == "installed", done.end
    assert len(on_card(empty_card)) == 2
    nothing = dialogue.play("download", "--issuer", FINE, answers=answers)
    assert nothing.end["facts"]["number"] == "6036"


@pytest.mark.feature("4-04")
@pytest.mark.parametrize(("days", "asked"), [(20, "renew_these"), (40, "renew_early")])
def test_renewal_begins_a_month_before_the_end(
    service: Service, certtray: Program, dialogue: Dialogue, tmp_path: Path, days: int, asked: str
) -> None:
    with handed_out(service, certtray, tmp_path, days) as company:
        sees_and_manages(certtray, service, tmp_path)
        played = dialogue.play("renew", answers=company.answers(**{asked: False}))
    assert (played.end["code"], keys(played)) == ("cancelled", [asked])


@pytest.mark.feature("4-04")
def test_after_the_end_one_registers_anew(
    service: Service, certtray: Program, dialogue: Dialogue, tmp_path: Path
) -> None:
    with handed_out(service, certtray, tmp_path, -1) as company:
        sees_and_manages(certtray, service, tmp_path)
        played = dialogue.play("renew", answers=company.answers())
        assert company.sent == []
    assert played.end["code"] == "renewal-impossible", played.end
    assert "註冊申請單" in played.end["todo"] and "延平南路85號" in played.end["todo"]


def sees_and_manages(program: Program, service: Service, folder: Path) -> None:
    """Let programs started from here see the card and no other token, and write to it."""
    program.more.update(service.environment, SOFTHSM2_CONF=str(soft_conf(folder / "none")))
    program.home.mkdir(mode=0o700, exist_ok=True)
    (program.home / "modules.toml").write_text(managed_row(), "utf-8")
