"""Certificates installed in the browsers' stores (跨瀏覽器憑證安裝)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from certtray.core.store import Reading, Store
from certtray.flows.chosen_stores import Place
from certtray.flows.face import Event
from certtray.flows.put_in_stores import ask_protection
from certtray.flows.questions import Question
from certtray.stores.base import Protection
from certtray.stores.nss_write import NssAdapter
from certtray_sandbox.script import Answer
from tests.faces import Program, TerminalScreen
from tests.flows.browsers import PRIMARY, firefox, held, shared, user_certificates
from tests.flows.files import OLD, broker_place, history, play
from tests.flows.test_backup import known
from tests.makers import holder, nss_database, openssl_pfx
from tests.stores.kinds import fingerprint

T = TypeVar("T")


@pytest.mark.feature("0-24", "1-15")
def test_installed_in_every_store_that_lacks_it(certtray: Program, tmp_path: Path) -> None:
    party = holder()
    mark = known(certtray, openssl_pfx(broker_place(certtray), party, OLD, chain=True))
    plain, guarded = firefox(certtray, "plain", "guarded", primary="guarded")
    nss_database(shared(certtray), [party])
    answers: dict[str, Answer] = {"file_password": OLD, "install_stores": "", "primary_password": PRIMARY}
    played = play(certtray, "install", mark, answers=answers)
    assert played.end["done"] == "installed", played.end
    (asked,) = played.questions("install_stores")
    assert [each["label"] for each in asked["options"]] == [
        "Firefox · plain",
        "Firefox · guarded",
        "Chromium, Chrome, Edge, Brave",
    ]
    assert asked["chosen"] == ["1", "2"]
    assert [said for _, said in asked["rows"]] == [
        "會放入憑證與金鑰",
        "會放入憑證與金鑰",
        "設有主密碼，會請你輸入",
        "已經有了，不會更動",
    ]
    (primary,) = played.questions("primary_password")
    assert primary["secret"] and "Firefox · guarded" in primary["title"]
    assert PRIMARY not in str(played.rows)
    for folder in (plain, guarded):
        assert held(folder)[party.der]
        assert len(held(folder)) == 3, "the authorities are there too"
    assert [row["done"] for row in played.end["stores"]] == [True, True]
    assert history(certtray) == ["install"]
    rows = certtray.rows("stores")
    assert [cell["cell"] for row in rows for cell in row["cells"]] == ["newest"] * 3
    assert [row["number"] for row in rows] == [1, 2, 3]


@pytest.mark.feature("1-15")
def test_one_store_s_failure_stops_no_other_and_the_end_says_the_way_out(certtray: Program) -> None:
    party = holder()
    path = openssl_pfx(broker_place(certtray), party, OLD, chain=True)
    damaged, guarded, good = firefox(certtray, "damaged", "guarded", "good", primary="guarded")
    (damaged / "key4.db").write_bytes(b"spoilt" * 1000)
    answers: dict[str, Answer] = {"file_password": OLD, "primary_password": ["wrong", {"action": "skip_store"}]}
    played = play(certtray, "install", path, "--to", "all", answers=answers)
    assert played.exit_status == 0
    assert (played.end["done"], played.end["level"]) == ("installed_in_part", "bad")
    assert [(row["store"], row["error"]) for row in played.end["stores"]] == [
        ("Firefox · damaged", "store-damaged"),
        ("Firefox · guarded", "store-password-needed"),
        ("Firefox · good", None),
        ("Chromium, Chrome, Edge, Brave", None),
    ]
    again = played.questions("primary_password")[1]
    assert again["error"]["code"] == "store-password-wrong"
    assert played.end["table"]["rows"][0][1].startswith("憑證庫已損毀")
    assert held(good)[party.der] and held(shared(certtray))[party.der]
    assert not held(guarded)
    assert shared(certtray).stat().st_mode & 0o777 == 0o700


@pytest.mark.feature("1-15")
def test_the_key_comes_out_of_a_store_where_no_file_is_left(certtray: Program) -> None:
    party = holder()
    (source,) = firefox(certtray, "source")
    nss_database(source, [party])
    played = play(certtray, "install", fingerprint(party)[:12], "--to", "Chromium, Chrome, Edge, Brave", answers={})
    assert played.end["done"] == "installed", played.end
    assert held(shared(certtray))[party.der]
    assert user_certificates(shared(certtray)) == 1
    refused = play(certtray, "install", fingerprint(party), "--to", "Opera", answers={})
    assert (refused.end["code"], refused.exit_status) == ("input", 65)
    nothing = play(certtray, "install", fingerprint(party), "--to", "none", answers={})
    assert nothing.end["done"] == "nothing_installed"


@pytest.mark.feature("1-15")
def test_on_the_terminal_numbers_are_typed(certtray: Program, terminal: TerminalScreen) -> None:
    party = holder()
    path = openssl_pfx(broker_place(certtray), party, OLD, chain=True)
    (folder,) = firefox(certtray, "only")
    screen = terminal.start("install", path)
    screen.expect("試試預設密碼")
    screen.sendline(OLD)
    screen.expect("要裝進哪些憑證庫")
    screen.expect(r"1\.\* Firefox · only")
    screen.expect(r"\[1,2\]")
    screen.sendline("1")
    screen.expect("跨瀏覽器憑證安裝完成")
    screen.wait()
    assert held(folder)[party.der]


def test_strong_protection_and_exportable_are_asked_only_where_a_store_has_them() -> None:
    class Person:
        asked: list[str]

        def ask(self, question: Question[T]) -> T:
            self.asked.append(question.key)
            return question.read(question.key == "protect_strong")

        def tell(self, event: Event) -> None:
            raise AssertionError(event)

        def wait(self, key: str, work: Callable[[], T], abort: Callable[[], None] | None = None) -> T:
            raise AssertionError(key, work, abort)

    store = Store("nss", "any", "", Path("/nowhere"))
    for protects, wanted, asked in (
        (False, Protection(strong=False, exportable=True), []),
        (True, Protection(strong=True, exportable=False), ["protect_strong", "protect_exportable"]),
    ):
        person = Person()
        person.asked = []
        place = Place(1, store, NssAdapter(protects=protects), Reading())
        assert ask_protection(person, [place]) == wanted
        assert person.asked == asked
