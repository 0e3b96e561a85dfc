"""Procedures on files, and history, clicked and typed in the real window."""

from __future__ import annotations

import json

import pytest
from tests.flows.checks import key_fits, opens
from tests.flows.files import history
from tests.ui.conftest import NEW_PASSWORD, OLD_PASSWORD, World
from tests.ui.driver import Window
from tests.ui.test_renewal import Screen

HINT = "外婆家的門牌"


def twice(window: Window, password: str) -> None:
    window.page.locator("#answer").fill(password)
    window.page.get_by_label("再輸入一次").fill(password)
    window.page.keyboard.press("Enter")


@pytest.mark.feature("0-22", "0-23", "0-24")
def test_from_the_issuer_s_menu(expiring: World, screen: Screen) -> None:
    window = screen("certtray://issuer/sinopac")
    window.page.locator(".menu button", has_text="憑證檔密碼提示").click()
    window.heading("設定密碼提示")
    window.type("A123456789")
    window.page.get_by_role("alert").filter(has_text="提示裡有身分證字號").wait_for()
    window.page.locator("#answer").fill(HINT)
    window.page.keyboard.press("Enter")
    window.heading("密碼提示設定好了")
    window.click("回到總覽")
    window.page.locator(".menu button", has_text="憑證檔密碼變更").click()
    window.heading("憑證檔密碼")
    window.type("wrong")
    window.page.get_by_role("alert").filter(has_text=HINT).wait_for()
    window.page.locator("#answer").fill(OLD_PASSWORD)
    window.page.keyboard.press("Enter")
    window.heading("要變更這個憑證檔的密碼嗎？")
    window.click("好")
    window.heading("設定新的憑證檔密碼")
    twice(window, NEW_PASSWORD)
    window.heading("密碼變更完成")
    assert "[3303]" in window.page.locator(".ending").inner_text()
    assert opens(expiring.file, NEW_PASSWORD) and key_fits(expiring.file, NEW_PASSWORD)
    assert history(expiring.certtray) == ["password"]
    window.click("回到總覽")
    window.page.locator("footer", has_text="今天").wait_for()  # once the look that ends a procedure has seen the file


@pytest.mark.feature("2-12")
def test_from_the_certificate_s_page(expiring: World, screen: Screen) -> None:
    home = expiring.certtray.folder / "user"
    fact = expiring.certtray.rows("list")[0]["fingerprint_sha256"]
    window = screen(f"certtray://certificate/{fact}")
    window.heading("永豐金證券")
    acts = window.page.locator(".acts button").all_inner_texts()
    assert acts[:5] == ["變更憑證檔密碼", "密碼提示", "備份", "轉換格式", "儲存憑證（.cer）"]
    window.click("備份")
    window.heading("憑證檔密碼")
    window.type(OLD_PASSWORD)
    window.heading("備份要放在哪裡？")
    window.type(str(home))
    window.heading("備份與原檔在同一顆硬碟，還是要放這裡嗎？")
    window.click("好")
    window.heading("設定備份檔的密碼")
    twice(window, "backup-pass-8642")
    window.heading("憑證匯出完成")
    (copy,) = home.glob("sinopac-*.pfx")
    assert key_fits(copy, "backup-pass-8642")
    window.click("回到總覽")
    window.click("儲存憑證（.cer）")
    window.heading("憑證要存在哪裡？")
    window.type(str(home / "own.cer"))
    window.heading("憑證已儲存")
    assert (home / "own.cer").read_bytes()[:1] == b"0"
    window.click("回到總覽")
    # The file is lost; the backup is found by its path from the help page.
    expiring.file.unlink()
    window.page.locator("nav button", has_text="說明").click()
    window.page.locator(".menu button", has_text="還原備份").wait_for()
    window.page.locator(".menu button", has_text="還原備份").click()
    window.heading("選擇備份檔")
    window.type(str(copy))
    window.heading("憑證檔密碼")
    window.type("backup-pass-8642")
    window.heading("憑證匯入完成")
    assert key_fits(expiring.file, "backup-pass-8642")
    window.click("回到總覽")
    window.page.locator("nav button", has_text="辦理紀錄").click()
    window.heading("辦理紀錄")
    rows = window.page.locator("tbody tr").all_inner_texts()
    assert [row.split("\t")[2] for row in rows] == ["備份還原", "憑證儲存（.cer）", "憑證備份"]
    window.click("匯出…")
    window.heading("紀錄要存在哪裡？")
    window.type(str(home / "h.jsonl"))
    window.heading("紀錄已匯出")
    lines = (home / "h.jsonl").read_text("ascii").splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["backup", "export", "restore"]
    file = expiring.certtray.home / "history.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:2]))
    window.click("回到總覽")
    window.heading("紀錄被改過或少了")


def test_the_page_of_an_empty_history(world: World, screen: Screen) -> None:
    window = screen("certtray://record")
    window.heading("還沒有辦理紀錄")
    assert window.page.locator("table").count() == 0
    assert world.certtray.home.exists()
