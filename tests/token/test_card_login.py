"""Logging in to renew by 憑證識別碼, picture and the card's proof (4-14), without a site password, each typed PIN sent once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray_sandbox import counter
from certtray_sandbox.cards.memory import PIN
from certtray_sandbox.cards.personal import SIGNING
from certtray_sandbox.cards.service import Service
from certtray_sandbox.script import Conversation, Played
from tests.faces import Dialogue, Program
from tests.flows.middleman import middleman
from tests.rigs import ReferenceRa
from tests.token.conftest import soft_conf
from tests.token.handed_out import FINE, HandedOut, handed_out, put_pair
from tests.token.holder import managed_row

VERIFY, REFUSED = ("VERIFY", 0x9000), "8008"


@pytest.fixture
def company(service: Service, certtray: Program, tmp_path: Path) -> Iterator[HandedOut]:
    """FINE's company with its card, whose pair ends in twenty days; its site password is on nobody's mind."""
    certtray.more.update(service.environment, SOFTHSM2_CONF=str(soft_conf(tmp_path / "none")))
    with handed_out(service, certtray, tmp_path) as made:
        certtray.home.mkdir(mode=0o700, exist_ok=True)
        (certtray.home / "modules.toml").write_text(managed_row(), "utf-8")
        yield made


def renew(dialogue: Dialogue, company: HandedOut, **other: object) -> Played:
    """Begin to renew, and stop at the terms unless told otherwise."""
    forbidden = {"site_account": {"cancel": True}, "site_password": {"cancel": True}}
    answers = company.answers(**{**forbidden, "terms": {"cancel": True}, **other})
    return dialogue.play("renew", answers={**answers, "issuer": FINE})


def keys(played: Played) -> list[str]:
    return [question["key"] for question in played.questions()]


@pytest.mark.feature("4-14")
def test_renewed_without_a_site_password(company: HandedOut, dialogue: Dialogue) -> None:
    played = renew(dialogue, company, terms=True)
    assert played.end.get("step") == "installed", played.end
    asked = keys(played)
    assert asked[asked.index("certificate_id") :][:3] == ["certificate_id", "captcha", "token_pin"]
    assert not {"site_account", "site_password"} & set(asked)
    assert played.questions("certificate_id")[0]["suggested"] == "70759028-00-0007"
    assert len(company.sent) == len(played.questions("token_pin"))
    assert {status for _, status in company.sent} == {0x9000}
    assert company.register("SELECT count(*) FROM certificates WHERE revoked = 'superseded'") == [(2,)]


@pytest.mark.feature("4-14")
def test_killed_and_resumed_without_a_site_password(company: HandedOut, dialogue: Dialogue, tmp_path: Path) -> None:
    """The requests may have left: after a new login by the card the same enrollment gives the same certificates."""
    command = [sys.executable, "-m", "tests.flows.killer", str(tmp_path / "trace"), "after replace operation.json 2"]
    answers = company.answers(site_account={"cancel": True}, site_password={"cancel": True})
    played = Conversation([*command, "renew", "--json"], dialogue.program.environment).play(answers)
    assert played.exit_status == -9, played.end
    resumed = dialogue.play("resume", answers=answers)
    assert [each["step"] for each in resumed.end["operations"]] == ["installed"], resumed.end
    assert keys(resumed) == ["certificate_id", "captcha", "token_pin", "token_pin"]
    assert len(company.sent) == len(played.questions("token_pin")) + 2
    assert company.register("SELECT count(*) FROM certificates WHERE enrollment IS NOT NULL") == [(2,)]


def test_what_the_issuer_refuses_wants_picture_and_pin_anew(
    company: HandedOut, dialogue: Dialogue, tmp_path: Path
) -> None:
    """The challenge grew too old while the PIN was typed."""
    typed = iter([timedelta(minutes=6), timedelta()])

    def slowly(_question: object) -> str:
        company.site.ra.put_forward(next(typed, timedelta()))
        return company.pin

    played = renew(dialogue, company, token_pin=slowly)
    assert keys(played).count("captcha") == 2
    assert played.questions("captcha")[1]["error"]["facts"]["number"] == "8020"
    assert "logged_in" in played.events()
    assert len(company.sent) == len(played.questions("token_pin"))


def test_a_revoked_certificate_does_not_log_in_and_tries_are_counted(company: HandedOut, dialogue: Dialogue) -> None:
    (serial,) = company.register("SELECT serial FROM certificates WHERE usage = 'sign'")[0]
    counter.revoke(company.site.ra.folder, FINE, [serial], "keyCompromise")
    played = renew(dialogue, company)
    assert (played.end["code"], played.end["facts"]["number"]) == ("issuer-refused", REFUSED)
    errors = [each["error"]["facts"] for each in played.questions("captcha") if "error" in each]
    assert [(each["number"], each["tries_left"]) for each in errors] == [(REFUSED, 2), (REFUSED, 1)]
    assert company.sent == [VERIFY] * 3 and len(played.questions("token_pin")) == 3


def test_a_wrong_picture_costs_no_pin(company: HandedOut, dialogue: Dialogue) -> None:
    read = iter(["00000"])
    played = renew(dialogue, company, captcha=lambda asked: next(read, "") or company.site.seen(asked))
    assert played.questions("captcha")[1]["error"]["facts"]["number"] == "8017"
    assert "logged_in" in played.events()
    assert len(company.sent) == len(played.questions("token_pin"))


def test_a_wrong_pin_is_sent_once_and_the_challenge_waits(company: HandedOut, dialogue: Dialogue) -> None:
    typed = iter(["000000" if company.pin != "000000" else "111111"])
    played = renew(dialogue, company, token_pin=lambda _: next(typed, company.pin))
    assert [each.get("tries_left") for each in played.questions("token_pin")][:2] == [3, 2]
    assert company.sent[:2] == [("VERIFY", 0x63C2), VERIFY]
    assert keys(played).count("captcha") == 1 and "logged_in" in played.events()


def test_an_id_that_is_not_on_the_card_is_not_sent(company: HandedOut, dialogue: Dialogue) -> None:
    typed = iter(["70759028-00-0008"])
    played = renew(dialogue, company, certificate_id=lambda _: next(typed, "70759028-00-0007"))
    (refused,) = [row for row in played.rows if row["type"] == "invalid"]
    assert refused["error"]["facts"]["rule"] == "not_on_card"
    assert "logged_in" in played.events()
    assert "0008" not in company.site.ra.log_file.read_text("utf-8")


def test_the_latest_certificate_of_an_id_signs(company: HandedOut, dialogue: Dialogue) -> None:
    """After a renewal that the card has taken in another slot, both are there."""
    later = datetime.now(UTC) - timedelta(days=1)
    put_pair(company.site, company.card.memory, 0x9C, "sign", later, 700, 3)
    (old,) = company.register("SELECT serial FROM certificates WHERE usage = 'sign' ORDER BY not_after LIMIT 1")[0]
    counter.revoke(company.site.ra.folder, FINE, [old], "superseded")
    played = renew(dialogue, company)
    assert "logged_in" in played.events(), played.end
    assert company.card.memory.left[PIN] == 3 and SIGNING in company.card.memory.keys


@pytest.mark.parametrize("fault", ["cut before", "cut after"])
def test_a_proof_is_sent_once_even_on_a_bad_line(
    company: HandedOut, dialogue: Dialogue, tmp_path: Path, fault: str
) -> None:
    at_fine = ReferenceRa(company.site.ra.folder, company.site.ra.url_of(FINE), company.site.ra.tls_root)
    with middleman(at_fine, tmp_path / "between") as between:
        company.site.connect_to(between.url, between.root)
        between.spoil("POST /sessions", fault)
        assert renew(dialogue, company).end["code"] == "issuer-unreachable"
        assert len(between.spoiled) == 1 and company.sent == [VERIFY]
        between.heal()
        assert "logged_in" in renew(dialogue, company).events()


def test_a_pulled_card_says_so(company: HandedOut, dialogue: Dialogue) -> None:
    slot = company.service.slots[0]
    slot.pull_when = lambda _, apdu: apdu[1] == 0x87
    played = renew(dialogue, company)
    assert played.end["code"] in ("token-gone", "token-failed"), played.end
    assert len(company.sent) == 1
    company.insert()
    assert "logged_in" in renew(dialogue, company).events()
