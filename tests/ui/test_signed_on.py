"""System 0 beyond the renewal: signed on through the browser, another file chosen, revoked, lost and applied anew."""

from __future__ import annotations

import os
import re
import ssl

import httpx
import pytest
from playwright.sync_api import expect
from tests.flows.checks import key_fits, serial_of
from tests.ui.conftest import BORN, ID, NEW_PASSWORD, OLD_PASSWORD, PASSWORD, World
from tests.ui.test_renewal import Screen
from tests.ui.visit import Visit

from certtray.system.connections import load_connection
from certtray.system.paths import Home


def signed_on_at(world: World, address: str) -> None:
    """Log in on the issuer's page as a browser would, and follow it back to the program."""
    connection = load_connection(Home(world.certtray.home), "sinopac")
    assert connection
    context = ssl.create_default_context(cafile=str(connection.root))
    with httpx.Client(verify=context, trust_env=False) as browser:
        page = browser.get(address)
        hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
        back = browser.post(address.partition("?")[0], data={**hidden, "id": ID, "password": PASSWORD})
        assert "登入完成" in browser.get(back.headers["location"]).text


@pytest.mark.feature("0-02", "0-18", "0-19", "0-20", "0-24", "0-25")
def test_signed_on_compared_revoked_and_applied_anew(world: World, screen: Screen) -> None:
    folder = world.certtray.folder
    opened, browser = folder / "opened", folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o700)
    os.mkfifo(opened)
    older, newest = world.sample(folder / "older.pfx", 100), world.sample(folder / "newest.pfx", 200)
    of_older, of_newest = (f"{int(serial_of(path, OLD_PASSWORD), 16):08X}" for path in (older, newest))
    broker = Visit(world, screen("certtray://issuer/sinopac", BROWSER=str(browser)), "sinopac")
    broker.window.heading("永豐金證券憑證管理")
    assert "0800-038-123" in broker.words
    broker.begin("檢視憑證資訊")
    broker.asked("登入永豐金證券")
    broker.window.click("用瀏覽器登入")
    with opened.open() as pipe:  # the browser's stand-in writes as soon as it is started
        signed_on_at(world, pipe.read().strip())
    broker.type("選擇即將到期的憑證檔", str(older))
    broker.type("憑證檔密碼", OLD_PASSWORD)
    broker.asked("自行選取憑證")
    assert of_newest in broker.words and f"{of_older} ✗ 不是最新" in broker.words
    expect(broker.window.page.locator("dd.differs").last).to_have_css("color", "rgb(179, 38, 30)")  # red
    broker.window.type(str(newest))
    broker.type("憑證檔密碼", OLD_PASSWORD)
    assert f"{of_newest} ✓ 相同" in broker.ended("憑證資訊")

    broker.begin("憑證註銷")
    broker.pick("要註銷哪一張憑證？", of_older)
    assert "已有新的憑證" in broker.pick("註銷的原因", "金鑰損壞")
    broker.no("確定要註銷嗎？")
    broker.ended("已停止")
    assert set(broker.register_says().values()) == {""}

    broker.window.page.locator("[data-keep=lost]").click()
    broker.pick("要註銷哪一張憑證？")
    broker.pick("註銷的原因", "金鑰外洩")
    assert "無法復原" in broker.yes("確定要註銷嗎？")
    broker.refused("8 位數字", "輸入出生年月日", "680123")
    broker.window.type(BORN)
    broker.pick("驗證碼要傳到哪裡？")
    broker.type("輸入驗證碼", world.code)
    broker.agree(7)
    broker.twice("設定新憑證檔的密碼", NEW_PASSWORD)
    broker.ended("憑證申請完成")
    assert key_fits(world.file, NEW_PASSWORD)
    says = broker.register_says()
    assert says.pop(int(serial_of(world.file, NEW_PASSWORD), 16)) == ""
    assert says == dict.fromkeys((int(of_older, 16), int(of_newest, 16)), "keyCompromise")
