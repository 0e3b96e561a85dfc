"""Installing into browsers in the window: what will happen in each store, tick boxes, a primary password, the table at the end."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest
from tests.flows.browsers import PRIMARY, firefox, held, made, shared
from tests.ui.conftest import OLD_PASSWORD, World
from tests.ui.driver import Window

from certtray_sandbox.script import Conversation

Screen = Callable[..., Window]


@pytest.mark.feature("0-24", "1-15")
def test_installed_by_clicks(expiring: World, screen: Screen) -> None:
    plain, guarded = firefox(expiring.certtray, "plain", "guarded", primary="guarded")
    made(shared(expiring.certtray))
    window = screen("certtray://issuer/sinopac")
    window.page.locator(".menu button", has_text="匯入瀏覽器").click()
    window.heading("憑證檔密碼")
    window.type(OLD_PASSWORD)
    window.heading("要裝進哪些憑證庫？")
    boxes = window.page.get_by_role("checkbox")
    assert boxes.count() == 3 and all(box.is_checked() for box in boxes.all())
    about = window.page.locator(".flow").inner_text()
    assert about.count("會放入憑證與金鑰") == 3 and "設有主密碼" in about
    window.page.get_by_label("Chromium, Chrome, Edge, Brave").uncheck()
    window.page.screenshot(path=expiring.certtray.folder / "choose.png")
    window.click("下一步")
    window.heading("「Firefox · guarded」的主密碼")
    window.type("wrong")
    window.page.get_by_role("alert").filter(has_text="主密碼不正確").wait_for()
    window.page.locator("#answer").fill(PRIMARY)
    window.page.keyboard.press("Enter")
    window.heading("跨瀏覽器憑證安裝完成")
    window.page.screenshot(path=expiring.certtray.folder / "end.png")
    assert window.page.locator(".ending td", has_text="完成").count() == 2
    assert all(sum(held(folder).values()) == 1 for folder in (plain, guarded))
    assert held(shared(expiring.certtray)) == {}


def test_removed_from_the_certificate_s_page(expiring: World, screen: Screen) -> None:
    (folder,) = firefox(expiring.certtray, "plain")
    words = [*expiring.certtray.command, "install", str(expiring.file), "--to", "1", "--json"]
    installed = Conversation(words, expiring.certtray.environment).play({"file_password": OLD_PASSWORD})
    assert installed.end["done"] == "installed", installed.end
    (mark,) = [row["fingerprint_sha256"] for row in expiring.certtray.rows("list") if row["mine"]]
    window = screen(f"certtray://certificate/{mark}")
    window.click("從憑證庫移除")
    window.heading("要從哪些憑證庫移除？")
    window.page.get_by_role("checkbox").check()
    window.click("下一步")
    window.heading("移除前要怎麼留存？")
    window.page.get_by_label("只留憑證").check()
    window.click("下一步")
    window.heading("確定要移除這張憑證嗎？")
    window.click("好")
    window.heading("憑證已移除")
    assert not any(held(folder).values())
    (kept,) = (expiring.certtray.home / "archive").rglob("*.cer")
    assert sha256(kept.read_bytes()).hexdigest() == mark
