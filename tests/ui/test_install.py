"""Installing into browsers in the window: what will happen in each store, tick boxes, a primary password, the table at the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.flows.browsers import PRIMARY, firefox, held, made, shared
from tests.ui.conftest import OLD_PASSWORD, World
from tests.ui.driver import Window

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
