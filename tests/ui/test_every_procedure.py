"""Every procedure opens in the window, shows its first question or its end, and lets go of the person again."""

from __future__ import annotations

from tests.ui.conftest import World
from tests.ui.test_renewal import Screen

from certtray.flows.procedures import PROCEDURES, About
from certtray_ui.work import path_hash

SITE = "tcb-fxml"
"""An issuer that offers everything: account, picture, pairs, download, suspension."""


def test_each_one_opens_and_can_be_left(expiring: World, screen: Screen) -> None:
    window = screen()
    window.heading("永豐金證券憑證還有 12 天到期")
    (row,) = [each for each in expiring.certtray.rows("list") if each["mine"]]
    about = {
        About.ISSUER: SITE,
        About.CERTIFICATE: row["fingerprint_sha256"],
        About.FILE: path_hash(str(expiring.file)),
        About.TOKEN: "",
        About.NOTHING: "",
    }
    shown = {}
    for procedure in PROCEDURES.values():
        if procedure.about is About.OPERATION:
            continue  # nothing is unfinished here; test_renewal resumes one
        window.call("go", "/".join(filter(None, (f"certtray://flow/{procedure.name}", about[procedure.about]))))
        card = window.page.locator(".flow form h1, .flow .ending h1, .hero h1").first
        window.page.locator('.flow[aria-label], .hero [data-keep="leave"]').first.wait_for()
        window.page.locator(".flow form, .flow .ending, .hero [data-keep=leave]").first.wait_for()
        shown[procedure.name] = card.inner_text()
        if window.page.locator(".flow form").count():
            window.call("stop")
        window.page.locator('[data-keep="leave"]').wait_for()
        window.page.locator('[data-keep="leave"]').click()
        window.page.locator("nav").first.wait_for()
    assert all(shown.values()), shown
    assert len(set(shown.values())) > 8, shown
    assert "Traceback" not in window.said
