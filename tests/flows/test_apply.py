"""Applying for a first certificate (0-08 … 0-15)."""

from __future__ import annotations

import pytest

from tests.faces import Dialogue, Program
from tests.flows.checks import key_fits, opens, serial_of
from tests.flows.sinopac import NEW_PASSWORD, Broker


@pytest.mark.feature("0-08", "0-09", "0-10", "0-11", "0-13", "0-14", "0-15")
def test_the_whole_application(broker: Broker, dialogue: Dialogue, certtray: Program) -> None:
    played = dialogue.play("apply", answers=broker.answers())
    assert played.exit_status == 0, played.end
    assert [question["key"] for question in played.questions()] == [
        "national_id",
        "trading_password",
        "birth_date",
        "otp_contact",
        "otp",
        "terms",
        "new_file_password",
    ]
    assert played.events().index("otp_right") < played.events().index("kept") < played.events().index("installed")
    # 0-15: the broker's own folder and file name, readable by what is not ours.
    path = broker.default_place
    assert played.end["path"] == str(path)
    assert opens(path, NEW_PASSWORD)
    assert key_fits(path, NEW_PASSWORD)
    rows = [row for row in certtray.rows("list") if row["mine"]]
    assert [row["serial_hex"] for row in rows] == [serial_of(path, NEW_PASSWORD).zfill(8)]
    assert rows[0]["state"] == "valid"
    assert rows[0]["not_after"].endswith("T15:59:59Z"), "23:59:59 in Taiwan"


@pytest.mark.feature("0-08")
def test_birth_date_has_eight_digits_and_must_match_before_any_code(broker: Broker, dialogue: Dialogue) -> None:
    typed = ["680123", "1968/01/23", "19680230", "57-01-23", "19680124", broker.person.birth_date]
    played = dialogue.play("apply", answers=broker.answers(birth_date=typed, otp_contact={"cancel": True}))
    invalid = [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"]
    assert invalid == ["birth-date-digits", "birth-date-digits", "birth-date-calendar", "birth-date-digits"]
    _, second = played.questions("birth_date")
    assert second["error"]["facts"]["number"] == "8004"
    assert second["tries_left"] == 4
    assert broker.ra.outbox() == [], "no code before the birth date matched and a channel was chosen"


@pytest.mark.feature("0-09")
def test_contacts_are_those_on_file_masked_and_exclusive(broker: Broker, dialogue: Dialogue) -> None:
    by_mail = lambda question: question["options"][1]["id"]  # noqa: E731
    played = dialogue.play("apply", answers=broker.answers(otp_contact=["0911222333", by_mail]))
    (question,) = played.questions("otp_contact")
    assert [option["label"] for option in question["options"]] == ["手機 0988***920", "電子郵件 …@example.com"]
    assert [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"] == ["choice"]
    (message,) = broker.ra.outbox()
    assert message.kind == "email"
    assert played.end["step"] == "installed"


@pytest.mark.feature("0-10")
def test_why_a_code_is_asked_stands_on_every_code_screen(broker: Broker, dialogue: Dialogue) -> None:
    code = [{"action": "resend"}, {"action": "other_channel"}, broker.code]
    played = dialogue.play("apply", answers=broker.answers(otp=code, otp_time_up="resend"))
    screens = played.questions("otp") + played.questions("otp_contact")
    assert len(screens) == 5
    assert all("主管機關" in screen["help"] for screen in screens)
    assert len(broker.ra.outbox()) == 3
    assert played.end["step"] == "installed", "the newest code counts"


@pytest.mark.feature("0-11")
def test_code_has_six_digits_a_deadline_and_goes_out_once(broker: Broker, dialogue: Dialogue) -> None:
    played = dialogue.play("apply", answers=broker.answers(otp=["12345", "12345x", "1234567", broker.code]))
    (question,) = played.questions("otp")
    assert question["digits"] == 6
    assert question["tries_left"] == 3
    assert question["deadline"].endswith("+00:00")
    assert [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"] == ["digits"] * 3
    assert played.end["step"] == "installed", "what cannot be a code was not sent and cost no try"


@pytest.mark.feature("0-12")
def test_three_wrong_codes_end_the_request(broker: Broker, dialogue: Dialogue) -> None:
    def wrong(_: object) -> str:
        return f"{(int(broker.ra.last_code()) + 1) % 1_000_000:06}"

    played = dialogue.play("apply", answers=broker.answers(otp=[wrong, wrong, wrong, broker.code]))
    assert [question["tries_left"] for question in played.questions("otp")] == [3, 2, 1]
    assert all("3 次" in question["help"] for question in played.questions("otp"))
    assert played.end["type"] == "error"
    assert played.end["facts"]["number"] == "8014"
    assert played.exit_status == 77
    assert not broker.default_place.exists()
    again = dialogue.play("apply", answers=broker.answers())
    assert again.end["step"] == "installed", "applying again from the start works"


@pytest.mark.feature("0-13")
def test_right_code_is_said_before_going_on(broker: Broker, dialogue: Dialogue) -> None:
    played = dialogue.play("apply", answers=broker.answers())
    position = next(at for at, row in enumerate(played.rows) if row.get("key") == "otp_right")
    assert played.rows[position]["text"] == "驗證碼正確，將繼續申請憑證。"
    assert played.rows[position + 1]["key"] == "terms"


@pytest.mark.feature("0-14")
def test_seven_clauses_must_be_accepted(broker: Broker, dialogue: Dialogue) -> None:
    played = dialogue.play("apply", answers=broker.answers(terms=[False, "yes", {"cancel": True}]))
    (question,) = played.questions("terms")
    assert len(question["clauses"]) == 7
    assert [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"] == ["terms", "terms"]
    assert played.end["code"] == "cancelled"
    assert not broker.default_place.exists()


def test_a_weak_file_password_is_refused(broker: Broker, dialogue: Dialogue) -> None:
    typed = ["short", broker.person.id, broker.person.id.lower(), NEW_PASSWORD]
    played = dialogue.play("apply", answers=broker.answers(new_file_password=typed))
    rules = [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"]
    assert rules == ["too_short", "is_the_id", "is_the_id"]
    assert played.end["step"] == "installed"


def test_beside_a_valid_certificate_it_is_asked_first(broker: Broker, dialogue: Dialogue) -> None:
    broker.give_certificate(200)
    before = broker.default_place.read_bytes()
    played = dialogue.play("apply", answers=broker.answers(apply_beside_valid=False))
    assert played.exit_status == 75
    assert broker.default_place.read_bytes() == before
