"""A renewal clicked and typed through the real window."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.ui.conftest import BORN, ID, NEW_PASSWORD, OLD_PASSWORD, PASSWORD, World
from tests.ui.driver import Hand, Window

Screen = Callable[..., Window]


def to_the_code(window: Hand) -> None:
    """From the file's password to the one-time code, with keys only."""
    window.heading("憑證檔密碼")
    window.type(OLD_PASSWORD)
    window.heading("登入永豐金證券")
    window.type("")  # the number from the certificate is offered, masked
    window.heading("網路下單密碼")
    window.type(PASSWORD)
    window.heading("輸入出生年月日")
    window.type(BORN)
    window.heading("驗證碼要傳到哪裡？")
    window.page.keyboard.press("Enter")
    window.heading("輸入驗證碼")


def to_the_end(window: Hand) -> None:
    """From the terms to the new file."""
    window.heading("用戶約定條款")
    assert window.page.get_by_role("listitem").filter(has_text=re.compile(".")).count() >= 7
    assert window.page.get_by_role("button", name="下一步").is_disabled()
    window.page.get_by_label("我同意以上用戶約定條款").check()
    window.click("下一步")
    window.heading("設定新憑證檔的密碼")
    window.page.keyboard.type(NEW_PASSWORD)
    window.page.get_by_label("再輸入一次").fill(NEW_PASSWORD)
    window.click("下一步")
    window.heading("憑證更新完成")


@pytest.mark.feature("0-08", "0-09", "0-10", "0-11", "0-13", "0-14", "0-20", "0-21")
def test_renewed_by_clicks_and_keys(expiring: World, screen: Screen) -> None:
    window = screen()
    window.heading("永豐金證券憑證還有 12 天到期")
    window.page.get_by_role("button", name="立即更新", exact=True).click()
    to_the_code(window)
    shown = window.page.locator(".flow").inner_text()
    assert "0988***920" in shown and "加強身分確認" in shown and "可再輸入 3 次" in shown
    assert re.search(r"剩餘時間\s*[45]:\d\d", shown)
    window.type(expiring.code())
    to_the_end(window)
    window.click("回到總覽")
    window.heading("憑證都沒問題")
    row = window.page.locator(".row").filter(has_text="永豐金證券").first
    assert int(re.search(r"(\d+) 天", row.inner_text())[1]) > 700  # type: ignore[index]
    assert "目前的密碼是今天設定的" in window.page.locator("footer").inner_text()
    assert len(list((expiring.certtray.home / "archive").rglob("Sinopac.pfx"))) == 1
    assert expiring.certtray.rows("list")[0]["days_left"] > 700
    assert ID not in window.page.content()


@pytest.mark.feature("0-12")
def test_wrong_answers_are_explained_and_keep_what_was_typed(expiring: World, screen: Screen) -> None:
    window = screen()
    window.page.get_by_role("button", name="立即更新", exact=True).click()
    window.heading("憑證檔密碼")
    window.type("not-it")
    alert = window.page.get_by_role("alert")
    alert.filter(has_text="密碼不正確").wait_for()
    assert "不會鎖住" in alert.inner_text() and "~/ekey/551/A12345****/S/Sinopac.pfx" in alert.inner_text()
    assert str(expiring.certtray.folder) not in window.page.locator(".flow").inner_text()
    window.page.locator("#answer").fill("")
    to_the_code(window)
    window.page.keyboard.type("12ab34")
    assert window.page.locator("#answer").input_value() == "1234"
    window.page.keyboard.press("Enter")
    alert.filter(has_text="驗證碼是 6 位數字").wait_for()
    assert "可再輸入 3 次" in window.page.locator(".meta").inner_text()  # nothing was sent
    wrong = "000000" if expiring.code() != "000000" else "111111"
    for left in (2, 1):
        window.page.locator("#answer").fill(wrong)
        window.page.keyboard.press("Enter")
        window.page.locator(".meta").filter(has_text=f"可再輸入 {left} 次").wait_for()
    window.page.locator("#answer").fill(wrong)
    window.page.keyboard.press("Enter")
    window.page.locator(".ending").wait_for()
    window.click("回到總覽")
    window.heading("永豐金證券憑證還有 12 天到期")


def test_cancelled_with_a_question(expiring: World, screen: Screen) -> None:
    window = screen()
    window.page.get_by_role("button", name="立即更新", exact=True).click()
    window.heading("憑證檔密碼")
    window.page.keyboard.press("Escape")
    window.page.get_by_role("dialog").filter(has_text="憑證不受影響").wait_for()
    window.page.keyboard.press("Enter")  # the safe answer has the focus
    window.page.get_by_role("dialog").wait_for(state="detached")
    window.page.keyboard.press("Escape")
    window.click("停止")
    window.heading("已停止")
    window.page.keyboard.press("Enter")
    window.heading("永豐金證券憑證還有 12 天到期")
    assert expiring.messages() == 0


def test_closed_in_the_middle_and_offered_again(expiring: World, screen: Screen) -> None:
    window = screen()
    window.page.get_by_role("button", name="立即更新", exact=True).click()
    to_the_code(window)
    assert window.close() == 0
    again = screen()
    again.heading("永豐金證券憑證還有 12 天到期")
    assert expiring.certtray.rows("list")[0]["days_left"] == 12


def test_an_operation_begun_is_offered_and_carried_on(expiring: World, screen: Screen) -> None:
    expiring.hold()
    window = screen()
    window.page.get_by_role("button", name="立即更新", exact=True).click()
    to_the_code(window)
    window.type(expiring.code())
    window.heading("用戶約定條款")
    window.page.get_by_label("我同意以上用戶約定條款").check()
    window.click("下一步")
    window.heading("設定新憑證檔的密碼")
    window.page.keyboard.type(NEW_PASSWORD)
    window.page.get_by_label("再輸入一次").fill(NEW_PASSWORD)
    window.click("下一步")
    window.heading("還需要一點時間")
    assert window.close() == 0
    expiring.release()
    again = screen()
    again.heading("永豐金證券憑證更新還沒完成")
    again.click("繼續辦理")
    again.heading("登入永豐金證券")
    again.type("")
    again.heading("網路下單密碼")
    again.type(PASSWORD)
    again.heading("輸入當時設定的憑證檔密碼")
    again.type(NEW_PASSWORD)
    again.heading("憑證更新完成")
    again.page.keyboard.press("Enter")
    again.heading("憑證都沒問題")
