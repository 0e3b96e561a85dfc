"""Logging in, and what is offered right after (0-03, 0-06, 0-07, 0-17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faces import Dialogue, Program
from tests.flows.checks import serial_of
from tests.flows.sinopac import OLD_PASSWORD, Broker


@pytest.mark.feature("0-03")
def test_id_and_trading_password_are_asked_and_a_wrong_one_counts(broker: Broker, dialogue: Dialogue) -> None:
    broker.give_certificate(200)
    answers = broker.answers(trading_password=["wrong", broker.person.password], old_file=str(broker.default_place))
    played = dialogue.play("login", answers=answers)
    assert played.exit_status == 0, played.end
    first, second = played.questions("trading_password")
    assert "tries_left" not in first
    assert second["tries_left"] == 4
    assert second["error"]["facts"]["number"] == "8001"
    assert second["secret"] is True
    assert "logged_in" in played.events()


@pytest.mark.feature("0-03")
def test_an_id_that_cannot_be_is_not_sent(broker: Broker, dialogue: Dialogue) -> None:
    played = dialogue.play("login", answers={"national_id": ["A123456788", "A12345678", {"cancel": True}]})
    assert [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"] == [
        "person-number-check",
        "person-number-shape",
    ]
    assert broker.ra.requests_seen() == 0
    assert played.exit_status == 75


@pytest.mark.feature("0-06")
def test_no_certificate_offers_to_apply_and_does(broker: Broker, dialogue: Dialogue) -> None:
    played = dialogue.play("login", answers=broker.answers(offer_apply_none=True))
    assert played.end["action"] == "apply"
    assert played.end["step"] == "installed"
    assert broker.default_place.exists()


@pytest.mark.feature("0-06")
def test_the_offer_to_apply_may_be_declined(broker: Broker, dialogue: Dialogue) -> None:
    played = dialogue.play("login", answers=broker.answers(offer_apply_none=False))
    assert played.exit_status == 0
    assert played.end["step"] is None
    assert not broker.default_place.exists()


@pytest.mark.feature("0-07")
def test_about_to_expire_offers_to_renew_and_does(broker: Broker, dialogue: Dialogue) -> None:
    old = serial_of(broker.give_certificate(20), OLD_PASSWORD)
    answers = broker.answers(offer_renew=True, old_file=str(broker.default_place))
    played = dialogue.play("login", answers=answers)
    assert played.end["action"] == "renew", played.end
    assert played.end["step"] == "installed"
    assert serial_of(broker.default_place, "new-file-1357") != old
    assert len(played.questions("national_id")) == 1, "logged in once"


@pytest.mark.feature("0-07")
def test_far_from_its_end_nothing_is_offered(broker: Broker, dialogue: Dialogue) -> None:
    broker.give_certificate(200)
    played = dialogue.play("login", answers=broker.answers(old_file=str(broker.default_place)))
    assert not played.questions("offer_renew")
    assert played.exit_status == 0


@pytest.mark.feature("0-17")
def test_unread_certificate_is_asked_for_and_its_state_shown(
    broker: Broker, dialogue: Dialogue, tmp_path: Path
) -> None:
    path = broker.give_certificate(200, tmp_path / "elsewhere" / "mine.pfx")
    (tmp_path / "not-one.pfx").write_bytes(b"hello")
    answers = broker.answers(old_file=[str(tmp_path / "not-one.pfx"), str(path)], file_password=["wrong", OLD_PASSWORD])
    played = dialogue.play("login", answers=answers)
    assert [question["key"] for question in played.questions()] == [
        "national_id",
        "trading_password",
        "old_file",
        "old_file",
        "file_password",
        "file_password",
    ]
    assert played.questions("old_file")[1]["error"]["code"] == "not-a-certificate-file"
    assert played.questions("file_password")[1]["error"]["code"] == "wrong-password"
    assert played.events()[-1] == "host_and_local_same"
    assert serial_of(path, OLD_PASSWORD).zfill(8) in played.rows[-2]["text"]


@pytest.mark.feature("0-17")
def test_a_certificate_already_read_is_not_asked_for(broker: Broker, dialogue: Dialogue, certtray: Program) -> None:
    path = broker.give_certificate(200)
    certtray.rows("list")
    dialogue.play("unlock", path, answers={"file_password": OLD_PASSWORD, "remember_password": False})
    played = dialogue.play("login", answers=broker.answers())
    assert not played.questions("old_file")
    assert played.events()[-1] == "host_and_local_same"
