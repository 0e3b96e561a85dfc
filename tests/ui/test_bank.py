"""System 3 from the counter to conversion, clicked and typed: what is refused, what is said, what the bank knows in the end."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from tests.makers import run_tool
from tests.ui.conftest import World
from tests.ui.test_renewal import Screen
from tests.ui.visit import KEY_PASSWORD, LATER_PASSWORD, Visit

from certtray_sandbox import back_office, counter

FXML = "tcb-fxml"


def ends(pairs: list[dict[str, str]]) -> set[datetime]:
    return {datetime.strptime(each["notAfter"], "%b %d %H:%M:%S %Y GMT") for each in pairs}


def applied(bank: Visit, *, told: str) -> None:
    """From the list of registrations to keys kept; the first answers are refused before anything is sent."""
    assert "A12345****" in bank.pick("選擇要辦理的憑證")
    assert "PC" in bank.yes("以下資料正確嗎？")
    bank.refused("電子郵件格式不正確", "通知用的電子郵件", "not-an-address")
    bank.window.type(told)
    bank.type("憑證申請密碼", "wrong")
    bank.alert("憑證申請密碼不正確")
    bank.window.type(bank.apply_password())
    bank.agree(10)
    bank.type("為這組金鑰取個名稱或代號", "L999")
    bank.twice("設定金鑰密碼", KEY_PASSWORD, "another")
    bank.alert("兩次輸入不同")
    bank.twice("設定金鑰密碼", KEY_PASSWORD)


@pytest.mark.feature("3-02", "3-03", "3-04", "3-07", "3-08", "3-09", "3-16", "3-30", "3-31", "3-32", "3-33", "3-35")
def test_from_the_counter_to_certificates_that_can_be_used(world: World, screen: Screen) -> None:
    bank = Visit(world, screen(f"certtray://issuer/{FXML}"), FXML)
    slip = bank.register()
    back_office.hold(bank.sandbox, FXML)
    bank.begin("憑證申請")
    bank.refused("還沒有輸入", "登入合作金庫 FXML", "")
    bank.to_the_site(slip, "not-the-password")
    bank.alert("密碼不正確")
    assert "可再輸入 4 次" in bank.words
    bank.window.type(slip.password)
    bank.digits(wrong=True)
    bank.alert("圖形驗證碼")
    bank.window.type(slip.password)
    bank.digits()
    applied(bank, told="new@example.com")
    ways = bank.pick("憑證申請中，等待CA核發", "現在就下載")
    assert all(way in ways for way in ("下載後才能使用", "憑證管理", "回申請清單"))
    assert "核發" in bank.ended("還需要一點時間")
    bank.begin("憑證下載")
    bank.to_the_site(slip)
    assert "CA 核發中" in bank.pick("要下載哪一張憑證？")
    assert "6025" in bank.ended("還需要一點時間")
    back_office.release(bank.sandbox, FXML)
    # Another computer, or this one set up anew, has no key for what it could fetch.
    operations = world.certtray.home / "operations"
    operations.rename(operations.with_name("elsewhere"))
    bank.begin("憑證下載")
    bank.to_the_site(slip)
    bank.pick("要下載哪一張憑證？")
    there = bank.ended("找不到私密金鑰")
    assert "80092004" in there and "櫃檯廢止" in there and "原留印鑑" in there
    operations.with_name("elsewhere").rename(operations)
    bank.begin("憑證下載")
    bank.pick("要下載哪一張憑證？")
    bank.refused("密碼不正確", "輸入當時設定的憑證檔密碼", LATER_PASSWORD)
    assert re.search(r"20\d\d/\d\d/\d\d \d\d:\d\d:\d\d 開始的", bank.words)
    bank.window.type(KEY_PASSWORD)
    assert "憑證下載完成" in bank.ended("憑證申請完成")
    bank.begin("憑證下載")
    bank.to_the_site(slip)
    assert "6036" in bank.ended("無可下載的憑證")
    pairs = bank.held()
    assert {each["usage"] for each in pairs} == {
        "Digital Signature, Non Repudiation",
        "Key Encipherment, Data Encipherment",
    }
    assert all("OU = 0060000-Taiwan Cooperative Bank, OU = FXML" in each["subject"] for each in pairs)
    assert {int(each["serial"], 16) for each in pairs} == bank.register_says().keys()
    assert all(363 <= (end - datetime.now()).days <= 366 for end in ends(pairs))
    bank.begin("憑證申請")
    assert "原留印鑑" in bank.ended("要先到櫃檯辦理")
    counter.approve(bank.sandbox, FXML, counter.register(bank.sandbox, FXML, bank.person))
    bank.begin("憑證申請")
    applied(bank, told="")
    bank.pick("憑證申請中，等待CA核發", "憑證管理")
    assert "共 2 張" in bank.ended("用戶憑證清單")  # what is not downloaded cannot be used
    counter.approve(bank.sandbox, FXML, counter.register(bank.sandbox, FXML, bank.person, device="iKey"))
    bank.begin("憑證申請")
    bank.pick("選擇要辦理的憑證", "iKey")
    assert "iKey" in bank.yes("以下資料正確嗎？")
    assert "插入" in bank.ended("沒有看到卡片或載具")


@pytest.mark.feature("3-12", "3-13", "3-17", "3-18", "3-19", "3-26", "3-34")
def test_managed_proven_renewed_and_converted(world: World, screen: Screen) -> None:
    bank = Visit(world, screen(f"certtray://issuer/{FXML}"), FXML)
    slip = bank.register(action="convert")
    bank.begin("FEDI線上轉置")
    bank.to_the_site(slip)
    bank.pick("選擇要辦理的憑證")
    bank.yes("以下資料正確嗎？")
    bank.type("通知用的電子郵件", "edi@example.com")
    bank.agree(10)
    bank.type("為這組金鑰取個名稱或代號", "L999")
    bank.twice("設定金鑰密碼", KEY_PASSWORD)
    bank.pick("憑證轉置中，等待CA核發", "現在就下載")
    bank.ended("FEDI 憑證已轉置為 FXML 憑證")
    before = bank.held()
    serials = {int(each["serial"], 16) for each in before}
    assert all("CN = A123456789-00-20" in each["subject"] for each in before)
    bank.begin("FEDI線上轉置")
    bank.to_the_site(slip)
    bank.ended("沒有可以轉置的憑證")

    bank.begin("憑證查詢")
    bank.pick("要查詢哪一張憑證？")
    shown = bank.ended("憑證內容")
    assert "TaiCA Test FXML CA" in shown and "有效憑證（0）" in shown and "A12345****" in shown
    assert any(str(serial) in shown and f"{serial:08X}" in shown for serial in serials)

    bank.begin("暫禁")
    assert "2 張" in bank.pick("要暫時停用哪一張憑證？")
    bank.no("確定要暫時停用嗎？")
    bank.ended("已停止")
    assert set(bank.register_says().values()) == {""}
    bank.begin("暫禁")
    bank.pick("要暫時停用哪一張憑證？")
    sure = bank.yes("確定要暫時停用嗎？")
    assert all(f"{serial:08X}" in sure for serial in serials)
    assert "2 張" in bank.ended("憑證已暫時停用")
    assert bank.register_says() == dict.fromkeys(serials, "certificateHold")
    bank.window.call("go", f"certtray://flow/reinstate/{FXML}")
    assert "原留印鑑" in bank.ended("請到櫃檯辦理")
    counter.resume(bank.sandbox, FXML, [f"{serial:X}" for serial in serials])

    bank.begin("證明單列印")
    bank.pick("要證明哪一張憑證？")
    bank.pick("要怎麼取得文件？", "列印")
    bank.alert("沒有列印")
    bank.pick("要怎麼取得文件？", "儲存成 PDF 檔")
    out = world.certtray.folder / "proof.pdf"
    bank.type("文件要存在哪裡？", str(out))
    bank.ended("憑證證明單")
    text = run_tool("pdftotext", out, "-").decode()
    assert "憑證證明單" in text and "王小明" in text and any(str(serial) in text for serial in serials)

    bank.begin("憑證更新")
    early = bank.yes("還沒到更新的時候")
    assert all(f"{serial:08X}" in early for serial in serials) and "簽章" in early and "加密" in early
    bank.type("通知用的電子郵件", "later@example.com")
    bank.agree(10)
    bank.type("為這組金鑰取個名稱或代號", "L998")
    bank.twice("設定金鑰密碼", LATER_PASSWORD)
    bank.pick("憑證更新中，等待CA核發", "現在就下載")
    bank.ended("憑證更新完成")
    after = [each for each in bank.held() if each not in before]
    assert len(after) == 2
    assert not serials & {int(each["serial"], 16) for each in after}
    assert ends(after) == {each.replace(year=each.year + 1) for each in ends(before)}  # nothing of the term is lost
