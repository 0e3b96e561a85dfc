"""System 1, clicked and typed: no factors, a place of one's own, both sides, every device, revocation on a page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.flows.checks import key_fits, serial_of
from tests.ui.conftest import ID, NEW_PASSWORD, OLD_PASSWORD, PASSWORD, World
from tests.ui.test_renewal import Screen
from tests.ui.visit import Visit

from certtray.core.secret import Secret
from certtray_sandbox.desks import Device
from certtray_sandbox.sample_files import write_sample

BROKER, OTHER, OTHERS_PASSWORD = "ezongguan", "U139514691", "sandbox-U1"


def give(broker: Visit, person: str, days: int, device: Device = "PC") -> Path:
    """Leave a certificate that is in the RA's register where no search finds it."""
    path = broker.world.certtray.folder / f"{person}-{device}.pfx"
    now = datetime.now(UTC)
    write_sample(
        broker.sandbox, path, person, days, Secret(OLD_PASSWORD), ("both",), now, profile=BROKER, device=device
    )
    return path


@pytest.mark.feature("1-01", "1-05", "1-06", "1-07", "1-09", "1-10", "1-13", "1-14")
def test_applied_listed_and_renewed_without_factors(world: World, screen: Screen) -> None:
    broker = Visit(world, screen(f"certtray://issuer/{BROKER}"), BROKER)
    broker.window.click("登入")
    for wrong, alert in (("A12345678", "格式不正確"), ("A123456788", "檢查碼不符")):
        broker.refused(alert, "登入憑證e總管", wrong)
    broker.window.type(ID)
    broker.type("網路下單密碼", "not-the-password")
    broker.alert("還可以試 4 次")
    broker.window.type(PASSWORD)
    broker.yes("您還沒有憑證")
    broker.agree(7)
    broker.refused("資料夾", "憑證檔要存在哪裡？", str(world.certtray.folder / "nowhere" / "x.pfx"))
    assert "~/certificate.pfx" in broker.words  # the home folder is offered
    broker.window.type("")
    broker.twice("設定新憑證檔的密碼", NEW_PASSWORD)
    broker.ended("憑證申請完成")
    own = world.certtray.folder / "user" / "certificate.pfx"
    assert key_fits(own, NEW_PASSWORD)

    broker.begin("憑證查詢")
    broker.type("登入憑證e總管", ID)
    broker.type("網路下單密碼", PASSWORD)
    broker.type("選擇即將到期的憑證檔", str(own))  # whose place was the person's own choice may lie anywhere (1-03)
    broker.type("憑證檔密碼", NEW_PASSWORD)
    broker.asked("憑證資訊")
    serial = f"{int(serial_of(own, NEW_PASSWORD), 16):08X}"
    same = broker.window.page.locator("dd.same")
    assert same.all_inner_texts() == [serial, f"{serial} ✓ 相同"]
    expect(same.first).to_have_css("color", "rgb(31, 95, 168)")  # blue
    broker.ended("憑證資訊")

    phones = {device: give(broker, ID, 200, device) for device in ("iPhone", "GPhone")}
    broker.begin("用戶憑證清單")
    broker.asked("用戶憑證清單")
    broker.window.page.locator("tbody tr", has_text="GPhone").first.wait_for()
    rows = [row.split("\t") for row in broker.window.page.locator("tbody tr").all_inner_texts()]
    by_device = {row[6]: row for row in rows}
    assert by_device["PC"][2:4] == [str(int(serial, 16)), serial]
    for device, path in phones.items():
        assert by_device[device][2] == str(int(serial_of(path, OLD_PASSWORD), 16))
        assert by_device[device][4] == f"A12345****-00-M{device[0].upper()}001"
        assert by_device[device][8].endswith("23:59:59")
    broker.ended("用戶憑證清單")

    broker.begin("憑證註銷")
    broker.asked("請到發行機構的網頁辦理")
    assert broker.window.page.get_by_role("button", name="開啟網站").is_visible()
    assert "https://www.twca.com.tw/" in broker.ended("請到發行機構的網頁辦理")

    old = give(broker, OTHER, 12)
    before = serial_of(old, OLD_PASSWORD)
    broker.window.click("登出")
    broker.window.page.get_by_text("尚未登入").wait_for()
    broker.window.click("登入")
    broker.type("登入憑證e總管", OTHER)
    broker.type("網路下單密碼", OTHERS_PASSWORD)
    broker.yes("您的憑證即將到期")
    broker.type("選擇即將到期的憑證檔", str(old))
    broker.type("憑證檔密碼", OLD_PASSWORD)
    broker.agree(7)
    broker.twice("設定新憑證檔的密碼", NEW_PASSWORD)
    broker.ended("憑證更新完成")
    assert key_fits(old, NEW_PASSWORD) and serial_of(old, NEW_PASSWORD) != before
