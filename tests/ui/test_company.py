"""System 4's on-line site for a company, clicked and typed: what needs no card."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.makers import run_tool
from tests.ui.conftest import World
from tests.ui.test_renewal import Screen
from tests.ui.visit import KEY_PASSWORD, SITE_PASSWORD, Visit

from certtray.core.secret import Secret
from certtray_sandbox import counter
from certtray_sandbox.clock import put_forward
from certtray_sandbox.people import COMPANY
from certtray_sandbox.sample_files import write_sample

FINE, CHANGED = "twca-fine", "fine-97531"


def first_login(site: Visit) -> None:
    """Account and password of the slip; the password is changed by its rules before anything else."""
    slip = site.slip()
    site.to_the_site(slip)
    site.type("目前的網站密碼", slip.password)
    for refused, alert in (("short", "密碼長度不符"), ("x" * 17, "密碼長度不符"), (slip.password, "和舊密碼相同")):
        site.twice("新的網站密碼", refused)
        site.alert(alert)
    site.twice("新的網站密碼", SITE_PASSWORD)


@pytest.mark.feature(
    *("2-26", "4-02", "4-03", "4-05", "4-09", "4-10", "4-11", "4-15", "4-18", "4-19", "4-26"),
)
def test_a_company_at_its_site(world: World, screen: Screen) -> None:
    site = Visit(world, screen(f"certtray://issuer/{FINE}"), FINE, COMPANY.id)
    slip = site.register()
    site.begin("憑證申請")
    first_login(site)
    assert "70759028-00-0007（晶片卡）" in site.pick("選擇要辦理的憑證")
    site.yes("以下資料正確嗎？")
    assert "插入" in site.ended("沒有看到卡片或載具")
    path, now = world.certtray.folder / "card.pfx", datetime.now(UTC)  # as if a card held the keys
    write_sample(site.sandbox, path, COMPANY.id, 200, Secret(KEY_PASSWORD), ("sign", "encrypt"), now, profile=FINE)
    serials = set(site.register_says())
    assert len(serials) == 2

    site.begin("憑證停用（暫時停用）")
    site.pick("要暫時停用哪一張憑證？")
    sure = site.yes("確定要暫時停用嗎？")
    assert all(f"{serial:08X}" in sure for serial in serials) and "70759028-00-0007" in sure
    assert "02-2370-8886" in site.ended("憑證已暫時停用")
    assert site.register_says() == dict.fromkeys(serials, "certificateHold")
    site.begin("憑證復用（解禁）")
    site.pick("要恢復使用哪一張憑證？")
    site.no("確定要恢復使用嗎？")
    site.ended("已停止")
    site.begin("憑證復用（解禁）")
    site.pick("要恢復使用哪一張憑證？")
    site.yes("確定要恢復使用嗎？")
    site.ended("憑證已恢復使用")
    assert site.register_says() == dict.fromkeys(serials, "")
    site.begin("憑證復用（解禁）")
    site.ended("沒有可以辦理的憑證")

    site.window.call("go", f"certtray://flow/query/{FINE}")
    site.pick("要查詢哪一張憑證？")
    shown = site.ended("憑證內容")
    for part in ("70759028-00-0007", "TWCA FINE", "70759028-RA-FINE", "TaiCA Information User CA", "23:59:59"):
        assert part in shown
    start, end = re.findall(r"(\d{4})/\d\d/\d\d", shown)[:2]
    assert int(end) - int(start) == 2

    site.begin("憑證廢止")
    site.pick("要註銷哪一張憑證？")
    site.pick("註銷的原因", "用戶資料變更")
    site.pick("要怎麼取得文件？", "儲存成 PDF 檔")
    form = world.certtray.folder / "form.pdf"
    site.type("文件要存在哪裡？", str(form))
    paper = site.ended("請用書面辦理")
    for part in ("TWCA FINE 憑證廢止申請單", "身分證明文件與印鑑", "延平南路85號", "02-2370-0728"):
        assert part in paper
    text = run_tool("pdftotext", form, "-").decode()
    assert "affiliationChanged" in text and all(str(serial) in text for serial in serials)
    assert site.register_says() == dict.fromkeys(serials, "")  # only paper revokes

    site.begin("網站密碼修改")
    site.type("目前的網站密碼", "not-the-password")
    site.twice("新的網站密碼", CHANGED)
    site.alert("密碼不正確")
    site.window.type(SITE_PASSWORD)
    site.twice("新的網站密碼", CHANGED)
    site.ended("密碼更改成功")
    site.window.click("登出")
    site.window.page.get_by_text("尚未登入").wait_for()
    site.begin("憑證復用（解禁）")
    site.to_the_site(slip, SITE_PASSWORD)
    site.alert("密碼不正確")
    for left in (2, 1):
        site.window.page.locator(".meta").filter(has_text=f"可再輸入 {left} 次").wait_for()
        site.window.type("not-the-password")
        site.digits()
    suspended = site.ended("登入已被停用")
    assert "網站密碼重新設定申請單" in suspended and "延平南路85號" in suspended
    counter.reset_password(site.sandbox, FINE, COMPANY.id)
    site.begin("憑證復用（解禁）")
    first_login(site)
    site.ended("沒有可以辦理的憑證")

    put_forward(site.sandbox, timedelta(days=175))
    site.window.call("go", f"certtray://flow/certificates/{FINE}")
    site.to_the_site(slip, SITE_PASSWORD)  # the login has run out at the issuer
    site.ended("用戶憑證清單")
    (mail,) = {each.address for each in site.mail() if each.kind == "email"}
    assert mail == "it@example.com"
