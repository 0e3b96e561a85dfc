"""System 0's menu: single sign-on, the newest chosen, revoke, lost (0-02, 0-18 … 0-20, 0-24)."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from certtray_sandbox.script import Played, Row
from tests.faces import Dialogue
from tests.flows.checks import key_fits, serial_of
from tests.flows.sinopac import NEW_PASSWORD, OLD_PASSWORD, Broker
from tests.patience import SECONDS


def sign_on(broker: Broker, dialogue: Dialogue, *, state: str = "", **more: object) -> Played:
    """Play ``certificates`` by single sign-on, with ourselves as the browser; ``state`` forges the one sent back."""
    conversation, played = dialogue.start("certificates", "--issuer", "sinopac"), Played()
    try:
        for row in conversation.rows():
            played.rows.append(row)
            if row["type"] == "question":
                conversation.answer(row, {"action": "sign_on"} if row["key"] == "national_id" else {"cancel": True})
            if row["type"] == "event" and row["key"] == "open_page":
                browse(broker, row, state)
        played.exit_status = conversation.process.wait(timeout=SECONDS)
    finally:
        conversation.close()
    return played


def browse(broker: Broker, event: Row, state: str) -> None:
    """Log in on the issuer's page as a browser would, and follow it back."""
    context = ssl.create_default_context(cafile=str(broker.ra.tls_root))
    address = event["facts"]["address"]
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert urlsplit(asked["redirect_uri"][0]).hostname == "127.0.0.1"
    with httpx.Client(verify=context, trust_env=False) as browser:
        page = browser.get(address)
        hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
        form = {**hidden, "id": broker.person.id, "password": broker.person.password}
        back = browser.post(address.partition("?")[0], data=form)
        assert back.status_code == 303, back.text
        target = back.headers["location"]
        if state:
            target = re.sub(r"state=[^&]+", f"state={state}", target)
        calm = browser.get(target)
        assert calm.headers["cache-control"] == "no-store"
        assert ("登入完成" in calm.text) is not bool(state)


@pytest.mark.feature("0-02")
def test_signed_on_through_the_browser_without_id_or_password(broker: Broker, dialogue: Dialogue) -> None:
    broker.give_certificate(200)
    played = sign_on(broker, dialogue)
    assert played.exit_status == 0, played.end
    assert [question["key"] for question in played.questions()] == ["national_id"]
    assert played.end["done"] == "certificates"
    assert len(played.end["certificates"]) == 1
    assert broker.person.password not in str(played.rows)


@pytest.mark.feature("0-02")
def test_a_return_that_was_not_begun_here_is_refused(broker: Broker, dialogue: Dialogue) -> None:
    played = sign_on(broker, dialogue, state="forged")
    assert played.end["code"] == "sign-on-failed"


@pytest.mark.feature("0-18", "0-19")
def test_another_than_the_newest_is_named_until_the_newest_is_chosen(
    broker: Broker, dialogue: Dialogue, tmp_path: Path
) -> None:
    older = broker.give_certificate(100, tmp_path / "older.pfx")
    newest = broker.give_certificate(200, tmp_path / "newest.pfx")
    played = dialogue.play(
        "view",
        "--issuer",
        "sinopac",
        answers=broker.answers(old_file=str(older), other_file=[str(older), str(newest)]),
    )
    assert played.exit_status == 0, played.end
    sides = [key for key in played.events() if key.startswith("host_and_local")]
    assert sides == ["host_and_local_differ", "host_and_local_differ", "host_and_local_same"]
    (first, _) = played.questions("other_file")
    assert first["title"] == "自行選取憑證"
    assert serial_of(newest, OLD_PASSWORD).zfill(8) in first["help"]


@pytest.mark.feature("0-19")
def test_the_choice_may_be_left(broker: Broker, dialogue: Dialogue, tmp_path: Path) -> None:
    older = broker.give_certificate(100, tmp_path / "older.pfx")
    broker.give_certificate(200, tmp_path / "newest.pfx")
    answers = broker.answers(old_file=str(older), other_file={"action": "enough"})
    played = dialogue.play("view", "--issuer", "sinopac", answers=answers)
    assert played.exit_status == 0
    assert played.events()[-1] == "host_and_local_differ"


@pytest.mark.feature("0-24")
def test_revoked_from_the_menu(broker: Broker, dialogue: Dialogue) -> None:
    path = broker.give_certificate(200)
    answers = broker.answers(revoke="0", revoke_reason="cessationOfOperation", revoke_sure=True)
    played = dialogue.play("revoke", "--issuer", "sinopac", answers=answers)
    assert [int(serial, 16) for serial in played.end["serials"]] == [int(serial_of(path, OLD_PASSWORD), 16)]
    query = dialogue.play("query", "--issuer", "sinopac", answers=broker.answers(query="0"))
    assert (query.end["status"], query.end["reason"]) == (20, "cessationOfOperation")
    again = dialogue.play("revoke", "--issuer", "sinopac", answers=answers)
    assert again.end["code"] == "none-fits"


@pytest.mark.feature("0-24")
def test_revoking_needs_a_yes(broker: Broker, dialogue: Dialogue) -> None:
    broker.give_certificate(200)
    answers = broker.answers(revoke="0", revoke_reason="superseded", revoke_sure=False, query="0")
    assert dialogue.play("revoke", "--issuer", "sinopac", answers=answers).end["code"] == "cancelled"
    assert dialogue.play("query", "--issuer", "sinopac", answers=answers).end["status"] == 0


@pytest.mark.feature("0-20")
def test_lost_means_revoked_and_applied_anew_in_one_go(broker: Broker, dialogue: Dialogue, tmp_path: Path) -> None:
    lost = broker.give_certificate(200, tmp_path / "lost.pfx")
    answers = broker.answers(revoke="0", revoke_reason="keyCompromise", revoke_sure=True, query=_last)
    played = dialogue.play("lost", "--issuer", "sinopac", answers=answers)
    assert played.end.get("step") == "installed", played.end
    assert len(played.questions("national_id")) == 1
    assert "revoked" in played.events()
    assert key_fits(broker.default_place, NEW_PASSWORD)
    query = dialogue.play("query", "--issuer", "sinopac", answers=answers)
    assert (int(query.end["serial"], 16), query.end["status"]) == (int(serial_of(lost, OLD_PASSWORD), 16), 20)


def _last(question: Row) -> str:
    return str(question["options"][-1]["id"])
