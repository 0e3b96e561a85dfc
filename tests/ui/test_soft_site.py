"""System 2 from the slip to the suspended login, clicked and typed; every certificate is looked at by OpenSSL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.makers import run_tool
from tests.ui.conftest import World
from tests.ui.test_renewal import Screen
from tests.ui.visit import KEY_PASSWORD, LATER_PASSWORD, SITE_PASSWORD, Visit

from certtray_sandbox import counter
from certtray_sandbox.clock import put_forward

SOFT, CHANGED = "twca-soft", "site-97531"


def first_login(site: Visit) -> None:
    """With the slip's password, which must be changed; the picture may be changed for another."""
    slip = site.slip()
    site.window.heading("登入TWCA 電子憑證")
    site.window.type(slip.account)
    site.type("網站密碼", slip.password)
    site.asked("輸入圖形驗證碼")
    picture = site.window.page.locator("img.picture")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth > 50)")
    first = picture.get_attribute("src")
    site.window.click("換一張圖")
    site.window.page.wait_for_function("first => document.querySelector('img.picture')?.src !== first", arg=first)
    site.digits()
    site.type("目前的網站密碼", slip.password)
    site.twice("新的網站密碼", "short")
    site.alert("密碼長度不符")
    site.twice("新的網站密碼", SITE_PASSWORD)


@pytest.mark.feature(
    *("2-02", "2-03", "2-04", "2-06", "2-07", "2-08", "2-09", "2-10", "2-11", "2-12", "2-13", "2-15", "2-16"),
    *("2-17", "2-18", "2-19"),
)
def test_from_the_slip_to_renewal_and_the_form(world: World, screen: Screen) -> None:
    site = Visit(world, screen(f"certtray://issuer/{SOFT}"), SOFT)
    slip = site.register()
    site.begin("憑證申請")
    first_login(site)
    site.pick("選擇要辦理的憑證")
    shown = site.yes("以下資料正確嗎？")
    assert all(name in shown for name in ("身分證號或統編", "用戶名稱", "用戶識別名稱", "E-mail", "電話", "地址"))
    site.agree(6)
    site.refused("還沒有輸入", "為這組金鑰取個名稱或代號", "")
    site.window.type("L999")
    site.twice("設定金鑰密碼", "short")
    site.alert("密碼太短")
    site.twice("設定金鑰密碼", KEY_PASSWORD)
    assert "下載後才能使用" in site.pick("憑證申請中，等待CA核發", "憑證管理")
    assert "共 0 張" in site.ended("用戶憑證清單")

    operations = world.certtray.home / "operations"
    operations.rename(operations.with_name("elsewhere"))  # as on another computer
    site.begin("憑證下載")
    assert "同一台電腦" in site.pick("要下載哪一張憑證？")
    assert "80092004" in site.ended("找不到私密金鑰")
    operations.with_name("elsewhere").rename(operations)
    site.begin("憑證下載")
    site.pick("要下載哪一張憑證？")
    site.type("輸入當時設定的憑證檔密碼", KEY_PASSWORD)
    done = site.ended("憑證申請完成")
    assert "憑證下載完成" in done and "請立刻備份" in done
    before = site.held()
    assert {int(each["serial"], 16) for each in before} == site.register_says().keys()
    assert len({each["usage"] for each in before}) == 2

    site.begin("憑證展期（更新）")
    early = site.no("還沒到更新的時候")
    assert "到期前一個月內" in early and "簽章" in early and "加密" in early and "OU1" in early
    assert all(each["serial"].lstrip("0") in early for each in before)
    site.ended("已停止")
    site.begin("憑證展期（更新）")
    site.yes("還沒到更新的時候")
    site.to_the_site(slip, SITE_PASSWORD)
    site.agree(6)
    site.type("為這組金鑰取個名稱或代號", "John")
    site.twice("設定金鑰密碼", LATER_PASSWORD)
    site.pick("憑證更新中，等待CA核發", "現在就下載")
    site.ended("憑證更新完成")
    after = [each for each in site.held() if each not in before]
    assert {each["usage"] for each in after} == {each["usage"] for each in before}
    assert not {each["serial"] for each in after} & {each["serial"] for each in before}

    site.begin("憑證廢止")
    site.to_the_site(slip, SITE_PASSWORD)
    site.pick("要註銷哪一張憑證？")
    site.pick("註銷的原因", "金鑰外洩")
    site.pick("要怎麼取得文件？", "儲存成 PDF 檔")
    form = world.certtray.folder / "form.pdf"
    site.type("文件要存在哪裡？", str(form))
    paper = site.ended("請用書面辦理")
    assert "憑證廢止申請單" in paper and "延平南路85號" in paper and "郵寄或臨櫃" in paper
    text = run_tool("pdftotext", form, "-").decode()
    assert "憑證廢止申請資料" in text and all(str(int(each["serial"], 16)) in text for each in after)
    site.begin("憑證申請")
    assert "櫃檯登錄" in site.ended("要先到櫃檯辦理")


@pytest.mark.feature("2-14", "2-22", "2-23", "2-26")
def test_site_password_suspended_login_and_notice(world: World, screen: Screen) -> None:
    site = Visit(world, screen(f"certtray://issuer/{SOFT}"), SOFT)
    slip = site.register()
    sample = ("sandbox", "sample", world.certtray.folder / "own.pfx", "--id", site.person, "--days", "200")
    made = world.certtray.run(*sample, "--two-pairs", "--issuer", SOFT, typed="old-file-2468\n")
    assert made.returncode == 0, made.stderr
    site.begin("網站密碼修改")
    first_login(site)
    site.ended("密碼更改成功")  # logging in has just done it
    site.begin("網站密碼修改")
    site.type("目前的網站密碼", SITE_PASSWORD)
    for refused, alert in (("x" * 17, "密碼長度不符"), (SITE_PASSWORD, "和舊密碼相同")):
        site.twice("新的網站密碼", refused)
        site.alert(alert)
    site.twice("新的網站密碼", CHANGED)
    site.ended("密碼更改成功")
    site.window.click("登出")
    site.window.page.get_by_text("尚未登入").wait_for()
    site.begin("憑證下載")
    site.to_the_site(slip, SITE_PASSWORD)
    for left in (2, 1):
        site.window.page.locator(".meta").filter(has_text=f"可再輸入 {left} 次").wait_for()
        site.window.type("not-the-password")
        site.digits()
    suspended = site.ended("登入已被停用")
    assert "密碼重新設定申請單" in suspended and "02-2370-8886" in suspended and "憑證不受影響" in suspended
    put_forward(site.sandbox, timedelta(days=175))
    counter.reset_password(site.sandbox, SOFT, site.person)
    site.begin("憑證下載")
    first_login(site)
    assert "6036" in site.ended("無可下載的憑證")
    mails = [each for each in site.mail() if each.kind == "email"]
    assert len(mails) == 1 and "展期" in mails[0].text and "https://" in mails[0].text
