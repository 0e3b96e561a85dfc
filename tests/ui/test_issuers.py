"""The issuers of systems 1 to 4 in the window: their menus, and a whole application clicked and typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.ui.conftest import ID, World
from tests.ui.driver import Window

from certtray_sandbox import counter
from certtray_sandbox.captcha import last_digits
from certtray_sandbox.outbox import Message, outbox

Screen = Callable[..., Window]
SITE_PASSWORD, KEY_PASSWORD = "site-24680", "key-password-1"

MENUS = {
    "sinopac": "檢視憑證資訊 憑證申請 憑證更新 憑證註銷 憑證檔密碼變更 憑證檔密碼提示 操作說明 常用下載 匯入瀏覽器",
    "ezongguan": "憑證查詢 憑證申請 憑證更新 憑證匯入 憑證備份 用戶憑證清單 憑證註銷 匯入瀏覽器",
    "twca-soft": "憑證申請 憑證展期（更新） 憑證下載 憑證廢止 檢視憑證資訊 網站密碼修改 常用下載",
    "tcb-fxml": "憑證申請 憑證更新 憑證下載 憑證查詢 暫禁 PC匯出 PC匯入 證明單列印 載具密碼變更 載具憑證匯至系統"
    " 載具過期或無效憑證刪除 系統環境偵測 FEDI線上轉置 FAQ",
    "twca-fine": "憑證申請 憑證展期（更新） 憑證下載 憑證廢止 檢視憑證資訊 憑證停用（暫時停用） 憑證復用（解禁） 網站密碼修改"
    " 晶片卡密碼修改 晶片卡密碼重置 晶片卡鎖卡解碼 晶片卡憑證匯入系統 系統環境偵測",
}
PHONES = {"sinopac": "0800-038-123", "twca-soft": "02-2370-8886", "twca-fine": "02-2370-8886"}


def registered(world: World, profile: str) -> Message:
    """Have the counter register the person; return the slip with account and first password."""
    sandbox = world.certtray.home / "sandbox"
    counter.approve(sandbox, profile, counter.register(sandbox, profile, ID))
    return [each for each in outbox(sandbox) if each.profile == profile and "帳號" in each.text][-1]


def picture_read(window: Window, world: World, profile: str) -> None:
    """Wait until the picture is drawn, and type what it shows."""
    window.heading("輸入圖形驗證碼")
    drawn = window.page.locator("img.picture")
    drawn.wait_for()
    assert drawn.evaluate("image => image.complete && image.naturalWidth > 50")
    window.type(last_digits(world.certtray.home / "sandbox", profile))


def to_the_site_password(window: Window, slip: Message) -> None:
    """Account and first password."""
    window.type(slip.account)
    window.heading("網站密碼")
    window.type(slip.password)


@pytest.mark.feature("0-24", "0-25", "2-05", "2-26", "3-01", "4-11")
def test_each_issuer_has_its_own_menu(world: World, screen: Screen) -> None:
    window = screen()
    for profile, menu in MENUS.items():
        window.call("go", f"certtray://issuer/{profile}")
        window.page.locator(".menu b", has_text=menu.split()[-1]).wait_for()
        assert window.page.locator(".menu b").all_inner_texts() == menu.split(), profile
        assert PHONES.get(profile, "") in window.page.locator("main").inner_text()
    window.call("go", "certtray://issuer/twca-fine")
    card = window.page.locator(".menu button", has_text="晶片卡密碼修改")
    card.wait_for()
    assert card.is_disabled() and "之後的版本" in card.inner_text()


@pytest.mark.feature("2-03", "2-04", "2-06", "2-07", "2-09", "2-10", "2-12")
def test_applied_and_downloaded_by_clicks_and_keys(world: World, screen: Screen) -> None:
    slip = registered(world, "twca-soft")
    window = screen("certtray://issuer/twca-soft")
    window.page.locator(".menu button", has_text="憑證申請").click()
    window.heading("登入TWCA 電子憑證")
    to_the_site_password(window, slip)
    window.heading("輸入圖形驗證碼")
    window.page.locator("img.picture").wait_for()
    first = window.page.locator("img.picture").get_attribute("src")
    window.click("換一張圖")
    window.page.wait_for_function("first => document.querySelector('img.picture')?.src !== first", arg=first)
    picture_read(window, world, "twca-soft")
    window.heading("目前的網站密碼")
    window.type(slip.password)
    window.heading("新的網站密碼")
    window.page.keyboard.type(SITE_PASSWORD)
    window.page.get_by_label("再輸入一次").fill(SITE_PASSWORD)
    window.page.keyboard.press("Enter")
    window.heading("選擇要辦理的憑證")
    window.click("下一步")
    window.heading("以下資料正確嗎？")
    assert "用戶識別名稱" in window.page.locator(".about").inner_text()
    window.page.keyboard.press("Enter")
    window.heading("用戶約定條款")
    window.page.get_by_label("我同意以上用戶約定條款").check()
    window.click("下一步")
    window.heading("為這組金鑰取個名稱或代號")
    window.type("L999")
    window.heading("設定金鑰密碼")
    window.page.keyboard.type(KEY_PASSWORD)
    window.page.get_by_label("再輸入一次").fill(KEY_PASSWORD)
    window.page.keyboard.press("Enter")
    window.heading("憑證申請中，等待CA核發")
    window.click("下一步")
    window.heading("憑證申請完成")
    assert "備份" in window.page.locator(".happened").inner_text()
    window.click("回到總覽")
    window.page.locator("nav button", has_text="總覽").click()
    window.page.locator(".row").nth(1).wait_for()
    rows = window.page.locator(".row").all_inner_texts()
    assert len([row for row in rows if "TWCA 電子憑證" in row]) == 2


@pytest.mark.feature("1-14", "3-18")
def test_what_is_done_elsewhere_says_where_and_opens_nothing_by_itself(world: World, screen: Screen) -> None:
    window = screen("certtray://issuer/ezongguan")
    window.page.locator(".menu button", has_text="憑證註銷").click()
    window.heading("請到發行機構的網頁辦理")
    assert window.page.get_by_role("button", name="開啟網站").is_visible()
    window.click("回到總覽")
    window.call("go", "certtray://flow/reinstate/tcb-fxml")
    window.heading("請到櫃檯辦理")
    assert "原留印鑑" in window.page.locator(".ending").inner_text()
