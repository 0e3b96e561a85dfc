"""The pages outside of a procedure, in the real window."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import expect
from tests.faces import Program
from tests.tray.rig import until
from tests.ui.conftest import BORN, ID, NEW_PASSWORD, OLD_PASSWORD, PASSWORD, World
from tests.ui.driver import Window
from tests.ui.test_renewal import Screen


def test_overview(expiring: World, screen: Screen) -> None:
    expiring.sample(expiring.certtray.folder / "user" / "Documents" / "locked.pfx", 200, "U139514691")
    window = screen()
    window.heading("永豐金證券憑證還有 12 天到期")
    assert "約需 3 分鐘" in window.page.locator(".hero").inner_text()
    row = window.page.locator(".row", has_text="永豐金證券")
    assert "A12345****" in row.inner_text() and "12 天" in row.inner_text() and "Sinopac.pfx" in row.inner_text()
    assert row.get_by_role("img", name="剩餘天數: 12 天").count() == 1
    locked = window.page.locator(".row", has_text="locked.pfx")
    locked.get_by_role("button").click()
    window.heading("憑證檔密碼")
    window.type(OLD_PASSWORD)
    window.heading("要把密碼存進系統的密碼庫嗎？")
    window.click("不用")
    window.heading("檔案讀好了")
    window.page.keyboard.press("Enter")
    window.page.locator(".row", has_text="U13951****").wait_for()
    assert window.page.locator(".row").count() == 2
    assert ID not in window.page.content()


def test_a_certificate_s_facts(expiring: World, screen: Screen) -> None:
    fact = expiring.certtray.rows("list")[0]
    window = screen("certtray://certificate/" + fact["fingerprint_sha256"])
    window.heading("永豐金證券")
    shown = window.page.locator("main").inner_text()
    assert fact["serial_hex"] in shown and "23:59:59" in shown and "A12345****" in shown and "含私密金鑰" in shown
    assert ID not in shown


@pytest.mark.feature("0-04", "0-05")
def test_the_issuer_s_menu(expiring: World, screen: Screen) -> None:
    window = screen()
    window.page.locator("nav button", has_text="永豐金證券").click()
    window.heading("永豐金證券憑證管理")
    entries = window.page.locator(".menu b").all_inner_texts()
    wanted = "檢視憑證資訊 憑證申請 憑證更新 憑證註銷 憑證檔密碼變更 憑證檔密碼提示 操作說明 常用下載 匯入瀏覽器"
    assert entries == wanted.split()
    assert re.search(r"版本 \d", window.page.locator("main").inner_text())
    assert "至少每 3 個月更換一次" in window.page.locator("footer").inner_text()
    window.page.locator(".menu button", has_text="操作說明").click()
    window.heading("說明")


@pytest.mark.feature("0-03", "0-07", "0-16")
def test_both_sides_after_logging_in(expiring: World, screen: Screen) -> None:
    window = screen("certtray://issuer/sinopac")
    window.heading("永豐金證券憑證管理")
    window.click("登入")
    window.heading("登入永豐金證券")
    window.type(ID)
    window.heading("網路下單密碼")
    window.type(PASSWORD)
    window.heading("您的憑證即將到期")
    host, local = window.page.locator(".panel").all_inner_texts()
    serial = expiring.certtray.rows("list")[0]["serial_hex"]
    for name in ("身分證號", "用戶識別名稱（CN）", "憑證序號", "效期（起）", "效期（迄）"):
        assert name in host and name in local
    assert "即將到期（31）" in host and serial in host
    assert f"{serial} ✓ 相同" in local and "憑證儲存位置" in local and "Sinopac.pfx" in local
    assert window.page.locator("dd.same").count() == 2
    window.click("不用")
    window.heading("憑證資訊")
    window.click("回到總覽")
    window.heading("永豐金證券憑證管理")
    window.page.get_by_text("已登入 A12345****").wait_for()
    window.click("登出")
    window.page.get_by_text("尚未登入").wait_for()


@pytest.mark.feature("0-06", "0-15", "0-17")
def test_applied_after_logging_in_without_a_certificate(world: World, screen: Screen) -> None:
    window = screen("certtray://flow/login/sinopac")
    window.heading("登入永豐金證券")
    window.type(ID)
    window.heading("網路下單密碼")
    window.type(PASSWORD)
    window.heading("您還沒有憑證")
    window.page.keyboard.press("Enter")
    window.heading("輸入出生年月日")
    window.type(BORN)
    window.heading("驗證碼要傳到哪裡？")
    window.page.get_by_label("電子郵件").check()
    window.click("下一步")
    window.heading("輸入驗證碼")
    window.type(world.code())
    window.heading("用戶約定條款")
    window.page.get_by_label("我同意以上用戶約定條款").check()
    window.click("下一步")
    window.heading("設定新憑證檔的密碼")
    window.page.locator("#answer").fill(NEW_PASSWORD)
    window.page.get_by_label("再輸入一次").fill("another-one")
    window.page.keyboard.press("Enter")
    window.page.get_by_role("alert").filter(has_text="兩次輸入不同").wait_for()
    window.page.get_by_label("再輸入一次").fill(NEW_PASSWORD)
    window.page.keyboard.press("Enter")
    window.heading("憑證申請完成")
    assert world.file.is_file()
    # The file is taken away: at the next login it is asked for (0-17).
    elsewhere = world.certtray.folder / "elsewhere.pfx"
    world.file.rename(elsewhere)
    window.page.keyboard.press("Enter")
    window.looked()
    window.click("立即檢查")  # the look that ends a procedure may have come before the file went
    window.heading("還沒有找到憑證")
    window.page.locator("nav button", has_text="永豐金證券").click()
    window.click("登入")
    window.heading("登入永豐金證券")
    window.type(ID)
    window.heading("網路下單密碼")
    window.type(PASSWORD)
    window.heading("選擇即將到期的憑證檔")
    window.type(str(world.certtray.folder / "none.pfx"))
    window.page.get_by_role("alert").filter(has_text="找不到檔案").wait_for()
    window.page.locator("#answer").fill(str(elsewhere))
    window.page.keyboard.press("Enter")
    window.heading("憑證檔密碼")
    window.type(NEW_PASSWORD)
    window.heading("憑證資訊")
    assert "有效憑證（0）" in window.page.locator(".panel").first.inner_text()


def test_language_and_looks_follow_at_once_and_stay(expiring: World, screen: Screen) -> None:
    window = screen("certtray://settings")
    window.heading("設定")
    window.page.get_by_label("English").check(force=True)
    window.heading("Settings")
    window.page.get_by_label("Dark").check(force=True)
    window.page.wait_for_selector('html[lang="en"][data-theme="dark"]')
    colours = "() => getComputedStyle(document.body).backgroundColor"
    assert window.page.evaluate(colours) == "rgb(16, 22, 20)"
    window.page.get_by_label("High contrast").check(force=True)
    window.page.wait_for_selector('html[data-theme="contrast"]')
    assert window.page.evaluate(colours) == "rgb(255, 255, 255)"
    pointed = window.page.locator("nav button", has_text="Help")
    pointed.hover()
    assert pointed.evaluate("(at) => getComputedStyle(at).backgroundColor") == "rgb(255, 255, 255)"
    window.page.get_by_label("Always", exact=True).check(force=True)
    window.page.wait_for_function("() => document.querySelector('input[value=always]').checked")
    assert window.close() == 0
    assert 'install_everywhere = "always"' in (expiring.certtray.home / "settings.toml").read_text()
    again = screen()
    again.heading("Your SinoPac Securities certificate ends in 12 days")
    assert again.page.locator("html").get_attribute("data-theme") == "contrast"


def test_the_language_changes_in_the_middle_of_a_question(expiring: World, screen: Screen) -> None:
    window = screen()
    window.click("立即更新")
    window.heading("憑證檔密碼")
    window.page.keyboard.type("half-typed")
    window.call("language", "en")
    window.heading("Certificate file password")
    assert window.page.locator("#answer").input_value() == "half-typed"
    assert window.page.evaluate("() => document.activeElement.id") == "answer"
    window.call("stop")
    window.heading("Stopped")


def test_folders(expiring: World, screen: Screen) -> None:
    window = screen("certtray://settings")
    window.heading("設定")
    before = window.page.locator(".folders li").count()
    window.page.get_by_role("button", name="移除: ~/Desktop").click()
    window.page.locator(".folders li").nth(before - 1).wait_for(state="detached")
    assert "~/Desktop" not in expiring.certtray.run("folders").stdout
    assert str(expiring.certtray.folder / "user" / "Desktop") not in expiring.certtray.run("folders").stdout


def test_start_at_login_is_switched_on_and_off(certtray: Program, screen: Screen) -> None:
    entry = certtray.folder / "user" / ".config" / "autostart" / "certtray.desktop"
    window = screen("certtray://settings")
    window.heading("設定")
    switch = window.page.get_by_role("group", name="登入電腦時自動啟動")
    assert switch.get_by_label("關閉").is_checked() and not entry.exists()
    switch.get_by_text("開啟").click()
    until(entry.is_file, "the entry is there")
    started = next(line for line in entry.read_text("utf-8").splitlines() if line.startswith("Exec="))
    program, words = re.fullmatch(r'Exec="(.+)" (.+)', started).groups()  # type: ignore[union-attr]
    assert os.access(program, os.X_OK) and words == "run"
    window.page.get_by_label("English").check(force=True)
    switch = window.page.get_by_role("group", name="Start when you log in to this computer")
    expect(switch.get_by_label("On")).to_be_checked()
    switch.get_by_text("Off").click()
    until(lambda: not entry.exists(), "the entry is gone")
    expect(switch.get_by_label("Off")).to_be_checked()


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_what_the_desktop_switched_off_is_shown_as_off(certtray: Program, screen: Screen, line: str) -> None:
    entry = certtray.folder / "user" / ".config" / "autostart" / "certtray.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text(f"[Desktop Entry]\nType=Application\nName=CertTray\n{line}\nExec=certtray run\n", "utf-8")
    window = screen("certtray://settings")
    switch = window.page.get_by_role("group", name="登入電腦時自動啟動")
    assert switch.get_by_label("關閉").is_checked()
    switch.get_by_text("開啟").click()
    until(lambda: line not in entry.read_text("utf-8"), "it is on again")


def test_a_folder_that_cannot_be_written_is_said(certtray: Program, screen: Screen) -> None:
    (certtray.folder / "user" / ".config").write_text("in the way")
    window = screen("certtray://settings")
    window.heading("設定")
    switch = window.page.get_by_role("group", name="登入電腦時自動啟動")
    switch.get_by_text("開啟").click()
    window.page.get_by_role("alert").wait_for()
    expect(switch.get_by_label("關閉")).to_be_checked()


def focused(window: Window) -> str:
    """Return what the focus is on."""
    script = "() => document.activeElement.matches('button, input') ? document.activeElement.textContent : ''"
    return str(window.page.evaluate(script))


def tab_to(window: Window, name: str) -> None:
    """Press Tab until the focus is on ``name``; it must come round within all there is on a page."""
    for _ in range(30):
        if name in focused(window):
            ring = "() => getComputedStyle(document.activeElement).boxShadow"
            assert window.page.evaluate(ring) != "none", f"no visible focus on {name}"
            return
        window.page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {name}")


def test_the_keyboard_alone_suffices(expiring: World, screen: Screen) -> None:
    window = screen()
    keys = window.page.keyboard
    window.heading("永豐金證券憑證還有 12 天到期")
    tab_to(window, "設定")
    keys.press("Enter")
    window.heading("設定")
    tab_to(window, "總覽")
    keys.press("Enter")
    window.heading("永豐金證券憑證還有 12 天到期")
    assert focused(window) == "立即更新"  # the next action waits under Enter
    keys.press("Enter")
    window.heading("憑證檔密碼")
    window.type(OLD_PASSWORD)
    window.heading("登入永豐金證券")
    window.type(ID)
    window.heading("網路下單密碼")
    window.type(PASSWORD)
    window.heading("輸入出生年月日")
    window.type(BORN)
    window.heading("驗證碼要傳到哪裡？")
    keys.press("ArrowDown")
    keys.press("Enter")
    window.heading("輸入驗證碼")
    assert "@example.com" in window.page.locator("#why").inner_text()
    tab_to(window, "改用其他方式")
    keys.press("Enter")
    window.heading("驗證碼要傳到哪裡？")
    keys.press("Enter")
    window.heading("輸入驗證碼")
    window.type(expiring.code())
    window.heading("用戶約定條款")
    keys.press("Tab")
    keys.press("Space")
    tab_to(window, "下一步")
    keys.press("Enter")
    window.heading("設定新憑證檔的密碼")
    tab_to(window, "沿用原來的密碼")
    keys.press("Enter")
    window.heading("憑證更新完成")
    keys.press("Enter")
    window.heading("憑證都沒問題")
