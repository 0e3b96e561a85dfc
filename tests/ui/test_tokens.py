"""Cards and tokens in the real window: put in, pulled, changed, locked, unlocked, tidied and tested, seen from the card's side."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator
from tests import makers
from tests.faces import Program
from tests.flows.browsers import firefox
from tests.token.conftest import Cards, cards, put, service
from tests.ui.driver import Window
from tests.ui.test_renewal import Screen

from certtray_sandbox.cards import softhsm
from certtray_sandbox.cards.failing import Function, failing_module
from certtray_sandbox.cards.memory import PIN
from certtray_sandbox.cards.personal import SIGNING, put_certificate
from certtray_sandbox.cards.softhsm import SoftToken

__all__ = ["cards", "service"]

RIGHT, WRONG, NEW, PUK = "123456", "999999", "654321", "12345678"
PAGE = "certtray://tokens"
NAME = "YubiKey PIV #12648430"
"""What the virtual card is called through ykcs11."""
SEEN = ("PCSCLITE_CSOCK_NAME", "SOFTHSM2_CONF")


@pytest.fixture(autouse=True)
def rig(cards: Cards, certtray: Program) -> None:
    """The window started here sees the rig and nothing else."""
    certtray.more.update({name: os.environ[name] for name in SEEN})


def sent(cards: Cards) -> list[tuple[str, int]]:
    return [(each.name, each.status) for each in cards.card.transcript.pins]


def act(window: Window, label: str) -> None:
    """Click what can be done with the only token shown."""
    window.page.locator(".token .acts button", has_text=label).click()


def back(window: Window, end: str) -> str:
    """Wait for the end of a procedure, leave it, and return what it said."""
    window.heading(end)
    said = window.page.locator("main").inner_text()
    window.page.locator('[data-keep="leave"]').click()
    window.page.locator(".reader").first.wait_for()
    return said


def pin(window: Window, sentence: str) -> Locator:
    """Wait until the token says so of its PIN."""
    found = window.page.locator(".pin", has_text=sentence)
    found.wait_for()
    return found


def twice(window: Window, heading: str, typed: str) -> None:
    window.heading(heading)
    window.page.keyboard.type(typed)
    window.page.get_by_label("再輸入一次").fill(typed)
    window.page.keyboard.press("Enter")


def assert_nowhere(window: Window, certtray: Program, pins: Sequence[str]) -> None:
    """Not in the page, not in a field of it, not in what was logged or kept."""
    values = window.page.evaluate("[...document.querySelectorAll('input')].map((input) => input.value)")
    shown = window.page.content() + window.said + str(values)
    kept = b"".join(path.read_bytes() for path in certtray.home.rglob("*") if path.is_file())
    for each in pins:
        assert each not in shown
        assert each.encode() not in kept


def test_the_page_follows_the_card(cards: Cards, certtray: Program, screen: Screen) -> None:
    cards.slot.remove()
    window = screen()
    window.looked()
    window.page.locator("nav button", has_text="卡片與載具").click()
    window.heading("沒有看到卡片或載具")
    assert "沒有卡片" in window.page.locator(".reader", has_text=cards.slot.reader).inner_text()
    cards.slot.insert(cards.card)
    window.heading("1 張卡片或載具，都沒問題")
    token = window.page.locator(".token").inner_text()
    assert NAME in token and "12648430" in token and "可以再輸入 3 次" in token and "YKCS11" in token
    assert all(each in token for each in ("70759028-00-0007", "簽章", "加密", " 天"))
    window.page.locator(".token .row .plain").first.click()
    window.page.locator(".places").wait_for()  # the certificate has a page as any other has
    assert NAME in window.page.locator(".places").inner_text()
    assert "備份" not in window.page.locator(".acts").inner_text()  # its key cannot leave the card
    window.page.locator("nav button", has_text="卡片與載具").click()
    window.heading("1 張卡片或載具，都沒問題")
    cards.slot.remove()
    window.heading("沒有看到卡片或載具")
    assert sent(cards) == []
    assert window.close() == 0  # though its watcher waits in the card service
    assert "Traceback" not in window.said


@pytest.mark.feature("3-22", "4-20")
def test_a_pin_is_changed_by_keys(cards: Cards, certtray: Program, screen: Screen) -> None:
    window = screen(PAGE)
    pin(window, "可以再輸入 3 次")
    act(window, "變更密碼")
    window.heading(f"{NAME} 的密碼")
    assert "可再輸入 3 次" in window.page.locator(".flow").inner_text()  # before anything is typed
    assert sent(cards) == []
    window.type(WRONG)
    twice(window, f"{NAME} 的新密碼", NEW)
    alert = window.page.get_by_role("alert")
    alert.filter(has_text="密碼錯誤").wait_for()
    assert "可再輸入 2 次" in window.page.locator(".flow").inner_text()
    assert window.page.locator("#answer").input_value() == ""
    window.type(RIGHT)
    twice(window, f"{NAME} 的新密碼", NEW)
    back(window, "密碼變更完成")
    pin(window, "可以再輸入 3 次")
    assert sent(cards) == [("CHANGE REFERENCE DATA", 0x63C2), ("CHANGE REFERENCE DATA", 0x9000)]
    assert cards.card.memory.pin == b"654321\xff\xff"
    assert_nowhere(window, certtray, (WRONG, RIGHT, NEW))


@pytest.mark.feature("4-13")
def test_the_last_try_is_confirmed_and_a_locked_card_is_opened_again(
    cards: Cards, certtray: Program, screen: Screen
) -> None:
    cards.card.memory.left[PIN] = 1
    window = screen(PAGE)
    window.heading(f"{NAME} 只剩最後一次機會")
    assert "不會用掉這次機會" in window.page.locator(".hero").inner_text()
    act(window, "測試簽章")
    window.heading("只剩最後一次機會")
    window.page.keyboard.press("Enter")  # Enter alone is no consent
    back(window, "已停止")
    assert sent(cards) == []
    act(window, "測試簽章")
    window.heading("只剩最後一次機會")
    window.click("我確定，繼續")
    window.heading(f"{NAME} 的密碼")
    window.type(WRONG)
    assert "卡片與載具" in back(window, "卡片或載具已鎖住")
    window.heading(f"{NAME} 已鎖住")
    assert window.page.locator(".token .acts button").all_inner_texts() == ["解鎖或重設密碼", "讓瀏覽器使用"]
    window.page.locator(".hero button").click()
    window.heading(f"{NAME} 的解鎖碼")
    window.type(PUK)
    twice(window, f"{NAME} 的新密碼", NEW)
    back(window, "解鎖成功且密碼已重置")
    pin(window, "可以再輸入 3 次")
    act(window, "測試簽章")
    window.heading(f"{NAME} 的密碼")
    window.type(NEW)
    assert "已簽章，並以憑證驗證無誤" in back(window, "載具測試 OK")
    assert sent(cards) == [("VERIFY", 0x6983), ("RESET RETRY COUNTER", 0x9000), ("VERIFY", 0x9000)]
    assert_nowhere(window, certtray, (WRONG, PUK, NEW))


@pytest.mark.feature("3-23", "3-25")
def test_an_old_pair_is_deleted_and_the_pin_of_an_ezsign_is_changed(
    cards: Cards, certtray: Program, screen: Screen, tmp_path: Path
) -> None:
    cards.slot.remove()
    begin = datetime.now(UTC).replace(microsecond=0)
    over = {"not_before": begin - timedelta(days=400), "not_after": begin - timedelta(days=35)}
    parties = {
        "01": makers.holder("A123456789-00-090319", serial=1, use="sign", key=makers.spare_key(1), **over),
        "02": makers.holder("A123456789-00-090319", serial=2, use="encrypt", key=makers.spare_key(2), **over),
        "03": makers.holder("A123456789-00-090319", serial=3, use="sign", key=makers.spare_key(3)),
    }
    token = SoftToken(tmp_path / "ikey")
    put(token, tmp_path, parties)
    certtray.more.update(token.environment)
    certtray.home.mkdir(mode=0o700)
    (certtray.home / "modules.toml").write_text(
        '[[module]]\nid = "ezsign"\nname = "ezSign"\nunblock = "so"\nlinux = ["/usr/lib/softhsm/libsofthsm2.so"]\n',
        "utf-8",
    )
    window = screen(PAGE)
    row = window.page.locator(".token")
    row.wait_for()
    assert "ezSign" in row.inner_text() and "A123456789" not in window.page.content()
    assert window.page.locator(".token .row").count() == 3
    act(window, "刪除舊憑證")
    window.page.locator(".option").first.wait_for()
    window.click("下一步")
    window.page.locator("h1", has_text="刪除這 2 張憑證和金鑰").wait_for()
    asked = window.page.locator(".about").inner_text()
    assert "簽章憑證" in asked and "加密憑證" in asked
    window.click("刪除")
    window.page.locator("h1", has_text="的密碼").wait_for()
    window.type(softhsm.PIN)
    back(window, "憑證已刪除")
    window.page.locator(".token .row").nth(1).wait_for(state="detached")
    assert window.page.locator(".token .row").count() == 1
    (shown,) = certtray.rows("token", "list")
    assert [each["id"] for each in shown["certificates"]] == ["03"]
    act(window, "變更密碼")
    window.page.locator("h1", has_text="的密碼").wait_for()
    window.type(softhsm.PIN)
    window.page.locator("h1", has_text="的新密碼").wait_for()
    window.page.keyboard.type("11223344")
    window.page.get_by_label("再輸入一次").fill("11223344")
    window.page.keyboard.press("Enter")
    back(window, "密碼變更完成")
    assert_nowhere(window, certtray, (softhsm.PIN, "11223344"))


def test_a_module_that_crashes_or_hangs_is_shown_with_its_next_step_and_a_forbidden_card_is_only_read(
    cards: Cards, certtray: Program, screen: Screen, tmp_path: Path
) -> None:
    rows = [
        f'[[module]]\nid = "{name}"\nname = "{name}"\nunblock = "so"\n'
        f'linux = ["{failing_module(tmp_path / "failing", Function.INITIALIZE, crashes=crashes)}"]\n'
        for name, crashes in (("crasher", True), ("sleeper", False))
    ]
    certtray.home.mkdir(mode=0o700)
    (certtray.home / "modules.toml").write_text("\n".join(rows), "utf-8")
    authority = makers.authority("內政部憑證管理中心")
    put_certificate(cards.card.memory, SIGNING, makers.holder("王小明", issuer=authority, key=makers.spare_key(1)).der)
    window = screen(PAGE)
    window.heading("正在讀取卡片與載具")  # while the window goes on: reading is not its thread's work
    window.page.locator("nav button", has_text="設定").click()
    window.heading("設定")
    window.page.locator("nav button", has_text="卡片與載具").click()
    window.page.locator(".token").wait_for()
    notes = window.page.locator(".note.soon").all_inner_texts()
    assert len(notes) == 2
    assert "crasher 元件當掉了" in notes[0] and "sleeper 元件沒有回應" in notes[1]
    assert all("拔出再插入卡片" in note for note in notes)
    assert "只供讀取" in window.page.locator(".token").inner_text()
    assert window.page.locator(".token .acts button").all_inner_texts() == ["測試簽章", "讓瀏覽器使用"]
    assert sent(cards) == []


@pytest.mark.feature("3-24", "4-23", "4-27")
def test_browsers_are_told_of_a_card_and_told_no_longer(cards: Cards, certtray: Program, screen: Screen) -> None:
    (profile,) = firefox(certtray, "work")
    window = screen("certtray://issuer/twca-fine")
    window.page.locator(".menu button", has_text="晶片卡憑證匯入系統").click()
    window.heading(f"要讓哪些瀏覽器使用 {NAME}？")
    asked = window.page.locator(".about").inner_text()
    assert "2 張，不含私密金鑰" in asked and "libykcs11.so" in asked and "會放入憑證並登錄元件" in asked
    assert not (profile / "pkcs11.txt").read_text().count("CertTray")  # nothing is done before it was said
    window.page.keyboard.press("Enter")
    window.heading("卡片憑證已成功註冊")
    window.page.locator('[data-keep="leave"]').click()
    window.page.locator("nav button", has_text="卡片與載具").click()
    window.page.locator(".chip", has_text="✓ Firefox · work").first.wait_for()
    window.page.locator(".token .list", has_text="由卡片提供").wait_for()  # never "no key", once the stores were read
    assert "用卡片" in _matrix(window) and "沒有" not in _matrix(window)
    window.page.locator("nav button", has_text="卡片與載具").click()
    act(window, "取消瀏覽器使用")
    window.heading("要從哪些瀏覽器取消卡片？")
    window.page.keyboard.press("Enter")
    back(window, "已取消登錄")
    window.page.locator(".chip", has_text="Firefox · work（未登錄）").wait_for()
    assert (profile / "pkcs11.txt").read_text().count("CertTray") == 0
    assert sent(cards) == []


def _matrix(window: Window) -> str:
    window.page.locator("nav button", has_text="瀏覽器").click()
    window.page.locator(".matrix").wait_for()
    return window.page.locator(".matrix tbody").first.inner_text()


@pytest.mark.feature("4-16")
def test_own_certificates_of_a_card_are_saved_each(cards: Cards, certtray: Program, screen: Screen) -> None:
    window = screen(PAGE)
    window.page.locator(".token .row .plain").first.click()
    window.page.locator(".places").wait_for()
    window.click("儲存憑證（.cer）")
    window.page.locator("#answer").fill(str(certtray.folder / "own.cer"))
    window.page.keyboard.press("Enter")
    window.page.locator(".ending table").wait_for()
    shown = window.page.locator(".ending table").inner_text()
    assert "簽章" in shown and "加密" in shown
    assert (certtray.folder / "own-sign.cer").read_bytes() == cards.signing.der
    assert (certtray.folder / "own-encrypt.cer").read_bytes() == cards.encryption.der
    assert sent(cards) == []
