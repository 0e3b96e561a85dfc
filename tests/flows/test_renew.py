"""Renewing before expiry (0-17, 0-20, 0-21)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certtray_sandbox.people import PEOPLE
from tests.faces import Dialogue, Program
from tests.flows.checks import key_fits, opens, openssl, serial_of
from tests.flows.sinopac import NEW_PASSWORD, OLD_PASSWORD, Broker


@pytest.mark.feature("0-20", "0-21")
def test_the_whole_renewal_keeps_the_old_file(broker: Broker, dialogue: Dialogue, certtray: Program) -> None:
    path = broker.give_certificate(12)
    before, old_serial = path.read_bytes(), serial_of(path, OLD_PASSWORD)
    played = dialogue.play("renew", path, answers=broker.answers())
    assert played.exit_status == 0, played.end
    assert [question["key"] for question in played.questions()] == [
        "file_password",
        "national_id",
        "trading_password",
        "birth_date",
        "otp_contact",
        "otp",
        "terms",
        "new_file_password",
    ]
    assert opens(path, NEW_PASSWORD)
    assert not opens(path, OLD_PASSWORD)
    assert key_fits(path, NEW_PASSWORD)
    assert serial_of(path, NEW_PASSWORD) != old_serial
    (kept,) = (certtray.home / "archive").rglob("Sinopac.pfx")
    assert kept.read_bytes() == before
    (operation,) = (certtray.home / "operations").glob("*/operation.json")
    assert json.loads(operation.read_text())["step"] == "installed"
    assert sorted(each.name for each in operation.parent.iterdir()) == ["issued.p7", "operation.json"]
    mine = [row for row in certtray.rows("list") if row["mine"]]
    assert [row["state"] for row in mine] == ["valid"]
    assert mine[0]["days_left"] >= 730


@pytest.mark.feature("0-20")
def test_the_old_file_is_asked_for_first_and_lost_means_revoke_and_apply(broker: Broker, dialogue: Dialogue) -> None:
    broker.give_certificate(12)
    played = dialogue.play("renew", answers=broker.answers(old_file={"action": "lost"}))
    assert [question["key"] for question in played.questions()] == ["old_file"]
    assert played.end["code"] == "old-certificate-lost"
    assert "註銷" in played.end["todo"]
    assert "certtray apply" in played.end["todo"]
    assert "0800-038-123" in played.end["todo"]
    assert played.exit_status == 66
    assert broker.ra.requests_seen() == 0


@pytest.mark.feature("0-20")
def test_a_file_without_its_key_will_not_do(broker: Broker, dialogue: Dialogue, tmp_path: Path) -> None:
    path = broker.give_certificate(12)
    bare, cut = tmp_path / "bare.cer", tmp_path / "cut.pfx"
    read = ("pkcs12", "-legacy", "-in", path, "-passin", "stdin", "-clcerts", "-nokeys")
    bare.write_text(openssl(*read, typed=OLD_PASSWORD).stdout)
    cut.write_bytes(path.read_bytes()[:-100])
    wanted = [str(bare), str(cut), str(tmp_path / "no.pfx"), str(path)]
    played = dialogue.play("renew", answers=broker.answers(old_file=wanted))
    errors = [question["error"]["code"] for question in played.questions("old_file") if "error" in question]
    assert errors == ["key-missing", "damaged"]
    assert [row["error"]["code"] for row in played.rows if row["type"] == "invalid"] == ["file-missing"]
    assert played.end["step"] == "installed"


@pytest.mark.feature("0-21")
def test_the_old_password_may_be_kept(broker: Broker, dialogue: Dialogue) -> None:
    path = broker.give_certificate(12)
    old_serial = serial_of(path, OLD_PASSWORD)
    played = dialogue.play("renew", path, answers=broker.answers(new_file_password={"action": "keep"}))
    assert played.end["step"] == "installed"
    assert serial_of(path, OLD_PASSWORD) != old_serial


@pytest.mark.feature("0-21")
def test_the_new_file_goes_where_the_old_one_lay(broker: Broker, dialogue: Dialogue, tmp_path: Path) -> None:
    path = broker.give_certificate(12, tmp_path / "scripts" / "trade.pfx")
    played = dialogue.play("renew", path, answers=broker.answers())
    assert played.end["path"] == str(path)
    assert opens(path, NEW_PASSWORD)
    assert not broker.default_place.exists()


def test_an_expired_certificate_is_not_sent(broker: Broker, dialogue: Dialogue) -> None:
    path = broker.give_certificate(-1)
    played = dialogue.play("renew", path, answers=broker.answers())
    assert played.end["code"] == "renewal-impossible"
    assert "certtray apply" in played.end["todo"]
    assert broker.ra.requests_seen() == 0


def test_somebody_elses_file_is_refused_after_login(broker: Broker, dialogue: Dialogue) -> None:
    path = broker.give_certificate(12)
    other = PEOPLE[1]
    answers = broker.answers(national_id=other.id, trading_password=other.password)
    played = dialogue.play("renew", path, answers=answers)
    assert played.end["code"] == "not-this-person"
    assert played.exit_status == 65
    assert broker.ra.outbox() == []


def test_the_id_in_the_certificate_is_offered_masked(broker: Broker, dialogue: Dialogue) -> None:
    path = broker.give_certificate(12)
    played = dialogue.play("renew", path, answers=broker.answers(national_id=""))
    (question,) = played.questions("national_id")
    assert question["suggested"] == "A12345****"
    assert played.end["step"] == "installed"


def test_everything_said_is_masked_but_the_path_for_scripts(broker: Broker, dialogue: Dialogue) -> None:
    path = broker.give_certificate(12)
    played = dialogue.play("renew", path, answers=broker.answers())
    shown = json.dumps([{**row, "path": ""} for row in played.rows], ensure_ascii=False)
    assert broker.person.id not in shown
    for secret in (OLD_PASSWORD, NEW_PASSWORD, broker.person.password, broker.ra.last_code()):
        assert secret not in shown + played.errors


def test_an_issuer_nobody_knows(dialogue: Dialogue) -> None:
    played = dialogue.play("apply", "--issuer", "nobody", answers={})
    assert played.exit_status == 64
    assert "sinopac" in played.errors


def test_without_a_connection_the_way_out_is_named(dialogue: Dialogue) -> None:
    played = dialogue.play("apply", "--issuer", "sinopac", answers={})
    assert (played.end["done"], played.end["phone"]) == ("elsewhere.page", "0800-038-123")
    assert played.end["page"] in played.end["text"]
    assert played.exit_status == 0
