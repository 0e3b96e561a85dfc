"""The issuers in the window: each with its own menu."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.ui.conftest import World
from tests.ui.driver import Window

from certtray.rules.profiles import load_profiles
from certtray.text import Text
from certtray_sandbox.home import profiles
from certtray_ui.menus import menu

Screen = Callable[..., Window]

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


@pytest.mark.feature("0-24", "0-25", "2-05", "2-26", "3-01", "4-11")
def test_each_issuer_has_its_own_menu(world: World, screen: Screen) -> None:
    window = screen()
    for profile, items in MENUS.items():
        window.call("go", f"certtray://issuer/{profile}")
        window.heading(f"{profiles()[profile].name_zh_tw}憑證管理")
        assert window.page.locator(".menu b").all_inner_texts() == items.split(), profile
        assert PHONES.get(profile, "") in window.page.locator("main").inner_text()
    window.call("go", "certtray://issuer/twca-fine")
    card = window.page.locator(".menu button", has_text="晶片卡密碼修改")
    card.wait_for()
    assert card.is_enabled() and "新密碼兩次" in card.inner_text()


@pytest.mark.feature("1-16")
def test_on_a_mac_there_is_no_import_and_no_backup(world: World, screen: Screen) -> None:
    window = screen("certtray://issuer/ezongguan")
    window.page.locator(".menu b", has_text="憑證匯入").wait_for()
    shown = window.page.locator(".menu b").all_inner_texts()
    (broker,) = [each for each in load_profiles() if each.id == "ezongguan"]
    words = {item: Text("zh_TW").say(f"window.menu.{item}") for item in menu(broker, "linux")}
    assert shown == list(words.values())
    assert [words[item] for item in menu(broker, "darwin")] == [
        each for each in shown if each not in ("憑證匯入", "憑證備份")
    ]
