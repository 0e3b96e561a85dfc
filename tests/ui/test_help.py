"""Help page, environment check and certificate status in the real window."""

from __future__ import annotations

import json
import os
import stat

import pytest
from playwright.sync_api import expect
from tests.environment.test_environment import closed_folder
from tests.ui.conftest import OLD_PASSWORD, World, near_its_end
from tests.ui.test_renewal import Screen


@pytest.mark.feature("3-29", "0-25", "2-26")
def test_questions_contacts_and_downloads(world: World, screen: Screen) -> None:
    opened, browser = world.certtray.folder / "opened", world.certtray.folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o700)
    window = screen("certtray://help", BROWSER=str(browser))
    window.heading("說明")
    answer = window.page.get_by_text("多半已經發好")
    assert not answer.is_visible()
    window.page.locator("summary", has_text="6025").click()
    answer.wait_for(state="visible")
    near_its_end(world)  # what changes meanwhile draws the page anew and closes nothing
    window.click("立即檢查")
    window.page.locator("nav .count").wait_for()
    assert answer.is_visible()
    window.page.locator("summary", has_text="6025").hover()
    window.page.mouse.down()
    window.page.evaluate("certtray.show({ ...certtray.first, checked: 'in the middle of a click' })")
    window.page.mouse.up()
    answer.wait_for(state="hidden")
    window.page.get_by_text("in the middle of a click").wait_for()
    shown = window.page.locator("main").inner_text()
    for part in ("0800-038-123", "02-2370-8886", "傳真 02-2370-0728", "台北市100延平南路85號10樓"):
        assert part in shown
    assert window.page.get_by_role("button", name="永豐金證券: 下載專區").count() == 1
    assert not opened.exists(), "nothing is opened before the click"
    os.mkfifo(opened)
    window.click("永豐金證券: 下載專區")
    with opened.open() as pipe:  # the browser's stand-in writes as soon as it is started
        assert pipe.read().strip() == "https://www.sinotrade.com.tw/"
    assert "usage" in window.call("open_download", "sinopac", 99)["value"]


@pytest.mark.feature("3-06")
def test_error_numbers_are_searched(world: World, screen: Screen) -> None:
    window = screen("certtray://help")
    window.heading("說明")
    rows = window.page.locator(".codes tbody tr:not([hidden])")
    assert rows.count() > 70
    window.page.get_by_label("輸入代碼或關鍵字").fill("80092004")
    assert rows.count() == 1 and "找不到私密金鑰" in rows.inner_text()
    window.page.get_by_label("輸入代碼或關鍵字").fill("80070005")
    rows.filter(has_text="寫入權限").wait_for()
    assert "環境偵測" in rows.inner_text() and "不必用系統管理員身分" in rows.inner_text()
    window.page.get_by_label("輸入代碼或關鍵字").fill("no such thing")
    window.page.get_by_text("沒有符合的代碼。").wait_for()
    assert rows.count() == 0


@pytest.mark.feature("2-01", "2-21", "3-05", "3-27", "3-28", "4-01", "4-06", "4-07", "4-08", "4-24", "4-25")
def test_red_changed_blue(world: World, screen: Screen) -> None:
    home, folder = world.certtray.home, closed_folder(world.certtray)
    home.chmod(0o755)
    window = screen("certtray://help")
    window.heading("說明")
    window.click("環境偵測")
    window.heading("要變更設定嗎？")
    labels = window.page.locator(".option").all_inner_texts()
    assert labels[0].strip() == "全部變更設定" and any("只有本人能讀" in label for label in labels)
    window.page.locator(".option", has_text="只有本人能讀").click()
    window.page.locator(".option", has_text="只有本人能讀").press("Enter")
    window.page.locator(".option", has_text="復原：程式資料夾只有本人能讀").wait_for()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    window.page.locator(".option", has_text="不變更").click()
    window.page.locator(".option", has_text="不變更").press("Enter")
    window.page.locator(".rows table").wait_for()
    row = window.page.locator("tr.ok", has_text="只有本人能讀")
    assert "0700" in row.inner_text() and "正常" in row.inner_text()
    expect(row.locator("td").first).to_have_css("color", "rgb(31, 95, 168)")  # blue
    table = [line.split("\t") for line in window.page.locator("tbody tr").all_inner_texts()]
    assert "Debian" in table[0][2]
    said = {line[0]: line[3] for line in table}
    assert said["憑證資料夾寫入權限 ~/Documents/ca"] == "要處理"
    assert said["讀卡機服務（PC/SC）"] == said["讀卡機"] == "不影響"  # nobody here holds a card
    assert [line[2:4] for line in table if "opensc" in line[0]] == [["OpenSC smartcard framework 0.23", "正常"]]
    assert {"時區", "代理伺服器", "舊式憑證檔（RC2-40）", "桌面通知", "系統匣", "密碼庫"} <= said.keys()
    assert len(said) == len(table), "each is said once"
    # The way of the notice at login: one click, everything, and blue.
    folder.chmod(0o500)
    home.chmod(0o755)
    window.click("回到總覽")
    window.call("go", "certtray://flow/environment")
    window.page.locator(".option", has_text="全部變更設定").click()
    window.page.locator(".option", has_text="全部變更設定").press("Enter")
    window.page.locator(".option", has_text="全部變更設定").wait_for(state="detached")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700 and stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_suspended_certificate_is_seen(expiring: World, screen: Screen) -> None:
    from datetime import UTC, datetime

    from certtray_sandbox import certificates
    from certtray_sandbox.store import Store

    fact = next(row for row in expiring.certtray.rows("list") if row["mine"])
    with Store(expiring.certtray.home / "sandbox" / "sinopac" / "ra.sqlite").transaction() as db:
        certificates.suspend(db, fact["serial_hex"], datetime.now(UTC))
    window = screen("certtray://certificate/" + fact["fingerprint_sha256"])
    window.heading("永豐金證券")
    window.click("查詢憑證狀態")
    window.heading("有憑證不能使用")
    table = window.page.locator(".rows table")
    assert "暫停使用（" in table.inner_text() and "根憑證（已信任）" in table.inner_text()
    assert table.locator("tr.bad").count() == 1
    window.click("回到總覽")
    window.page.locator(".hero.bad").wait_for()
    window.page.get_by_text("暫停使用").first.wait_for()
    assert json.loads(expiring.certtray.run("check", "--json").stdout)["exit"] == 2
    assert OLD_PASSWORD not in window.page.content()
