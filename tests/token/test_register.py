"""``certtray token register``: a card's certificates to the system and to browsers, its key nowhere; and taken away again."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.store import Store
from certtray.flows.chosen_stores import Place
from certtray.flows.done import Word
from certtray.flows.token_register import Card, said
from certtray.stores.base import State
from certtray.stores.nss import key_ids
from certtray.stores.nss_write import NssAdapter
from certtray_sandbox.cards.softhsm import SoftToken
from tests import makers
from tests.faces import Dialogue, Program, TerminalScreen
from tests.flows.browsers import firefox, held, made, shared
from tests.flows.files import history
from tests.token.conftest import Cards, put

SEEN = ("PCSCLITE_CSOCK_NAME", "SOFTHSM2_CONF")


@pytest.fixture(autouse=True)
def rig(cards: Cards, certtray: Program) -> None:
    """Programs started here see the rig and nothing else; the issuing authority's certificate lies in a file."""
    certtray.more.update({name: os.environ[name] for name in SEEN})
    home = Path(certtray.environment["HOME"])
    for number, each in enumerate(cards.signing.chain):
        (home / f"ca{number}.cer").write_bytes(each.public_bytes(Encoding.DER))


def modules(folder: Path) -> str:
    """Return what NSS's own tool says of the modules."""
    return makers.run_tool("modutil", "-dbdir", f"sql:{folder}", "-list").decode()


@pytest.mark.feature("3-24", "4-23")
def test_every_browser_gets_certificates_and_module_and_no_key(
    cards: Cards, certtray: Program, dialogue: Dialogue
) -> None:
    plain, guarded = firefox(certtray, "plain", "guarded", primary="guarded")
    made(shared(certtray))
    certtray.rows("list")
    played = dialogue.play("token", "register", answers={"register_stores": ""})
    assert played.end["done"] == "card_registered", played.end
    assert [each["key"] for each in played.questions()] == ["register_stores"]  # neither PIN nor primary password
    (asked,) = played.questions("register_stores")
    assert asked["rows"][:2] == [["卡片的憑證", "2 張，不含私密金鑰"], ["核發機構的憑證", "2 張"]]
    assert asked["rows"][2][1].startswith("YKCS11 (")
    assert [said for _, said in asked["rows"][3:]] == ["會放入憑證並登錄元件"] * 3
    for folder in (plain, guarded, shared(certtray)):
        found = held(folder)
        assert {found[cards.signing.der], found[cards.encryption.der]} == {False} and len(found) == 4
        assert key_ids(folder) == frozenset()
        assert "YKCS11 (CertTray)" in modules(folder)
    assert cards.card.transcript.pins == []
    assert history(certtray) == ["token_register"]
    rows = certtray.rows("stores")
    assert {cell["cell"] for row in rows for cell in row["cells"]} == {"via_card"} and len(rows) == 3
    again = dialogue.play("token", "register", answers={"register_stores": ""})
    assert again.end["done"] == "card_not_registered"
    assert [said for _, said in again.questions()[0]["rows"][3:]] == ["已經登錄"] * 3
    # Undone without the card.
    cards.slot.remove()
    assert certtray.rows("token", "list") == []
    played = dialogue.play("token", "unregister", answers={"unregister_stores": "Firefox · plain"})
    assert played.end["done"] == "card_unregistered", played.end
    assert "「YKCS11 (CertTray)」和 2 張" in str(played.questions()[0]["rows"])
    assert "CertTray" not in modules(plain) and "CertTray" in modules(guarded)
    assert set(held(plain)).isdisjoint({cards.signing.der, cards.encryption.der})
    dialogue.play("token", "unregister", "--to", "all", answers={})
    assert "CertTray" not in modules(guarded) + modules(shared(certtray))
    assert dialogue.play("token", "unregister", answers={}).end["done"] == "card_nowhere"
    assert history(certtray) == ["token_register", "token_unregister", "token_unregister"]


@pytest.mark.feature("4-27")
def test_on_another_computer_the_system_s_store_is_made(cards: Cards, certtray: Program, dialogue: Dialogue) -> None:
    """Nothing of ours and no browser was there before; then the inventory knows the card as well."""
    played = dialogue.play("token", "register", "12648430", "--to", "all", answers={})
    assert [each["path"] for each in played.end["stores"]] == [str(shared(certtray))]
    assert held(shared(certtray))[cards.signing.der] is False
    kinds = [{place["kind"] for place in each["locations"]} for each in certtray.rows("list") if each["mine"]]
    assert kinds == [{"nss", "token"}] * 2


def test_a_person_reads_first_what_will_happen(cards: Cards, certtray: Program, terminal: TerminalScreen) -> None:
    process = terminal.start("token", "register")
    process.expect("要讓哪些瀏覽器使用")
    process.expect("不含私密金鑰")
    process.expect(">")
    process.sendline("none")
    process.expect("沒有更動")
    assert not shared(certtray).exists()


def test_a_running_browser_is_to_be_started_anew(certtray: Program, dialogue: Dialogue) -> None:
    (folder,) = firefox(certtray, "plain")
    with (folder / "cert9.db").open("rb"):
        played = dialogue.play("token", "register", "--to", "Firefox · plain", answers={})
    assert [each["restart"] for each in played.end["stores"]] == [True]
    assert "restart_browser" in played.events()


def test_one_that_fails_stops_no_other(cards: Cards, certtray: Program, dialogue: Dialogue) -> None:
    good, bad = firefox(certtray, "good", "bad")
    (bad / "cert9.db").write_bytes(b"no database")
    played = dialogue.play("token", "register", "--to", "all", answers={})
    assert played.end["done"] == "card_registered_in_part"
    done = {Path(each["path"]).name: each["done"] for each in played.end["stores"]}
    assert done == {"good": True, "bad": False, "nssdb": True}
    assert "CertTray" in modules(good)


def test_expired_certificates_are_not_registered(
    cards: Cards, certtray: Program, dialogue: Dialogue, tmp_path: Path
) -> None:
    cards.slot.remove()
    now = datetime.now(UTC).replace(microsecond=0)
    over = makers.holder("A123456789-00-1", not_before=now - timedelta(400), not_after=now - timedelta(35))
    token = SoftToken(tmp_path / "ikey")
    put(token, tmp_path, {"01": over})
    certtray.more.update(token.environment)
    played = dialogue.play("token", "register", answers={})
    assert (played.end["code"], played.end["facts"]["rule"]) == ("none-fits", "token-register")
    assert not shared(certtray).exists()


def test_where_the_system_does_it_by_itself_that_is_said(tmp_path: Path) -> None:
    """Windows and macOS register a card's certificates through the vendor's driver; a Snap cannot see a module."""
    card = Card("OpenSC", Path("/usr/lib/opensc-pkcs11.so"), (b"x",), ())
    place = Place(
        1, Store("nss", "Firefox", "", tmp_path), NssAdapter(), NssAdapter().read(Store("nss", "x", "", tmp_path))
    )
    for store, word in (
        (Store("windows", "Windows (Chrome, Edge, Brave)", "", Path("windows:CurrentUser/My")), "card_by_system"),
        (Store("keychain", "macOS (Safari, Chrome, Edge, Brave)", "", tmp_path), "card_by_system"),
        (Store("nss", "Firefox (snap)", "work", tmp_path), "card_sandboxed"),
        (Store("nss", "Firefox", "work", tmp_path), "card_will"),
    ):
        there = replace(place, store=store, state=State(running=False, asks_password=False))
        assert said(there, card)[1] == Word(word)
