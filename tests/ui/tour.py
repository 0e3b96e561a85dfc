"""Pictures of every page and every kind of question, in both languages and all themes: ``python -m tests.ui.tour FOLDER``.

For looking at; two of them stand in docs/.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.faces import Program
from tests.makers import ALICE, holder, nss_database, spare_key
from tests.ui.conftest import BORN, NEW_PASSWORD, OLD_PASSWORD, PASSWORD, World
from tests.ui.desktop import desktop
from tests.ui.driver import Window, window

END = datetime.now(UTC).replace(microsecond=0) + timedelta(days=100)
LOOKS = (("zh_TW", "light"), ("en", "dark"), ("zh_TW", "contrast"), ("zh_TW", "dark"), ("en", "light"))


class Tour:
    """Goes through the window and takes a picture in each look at each stop."""

    def __init__(self, folder: Path, world: World, window: Window) -> None:
        self.folder, self.world, self.window = folder, world, window
        self.number = 0

    def stop(self, name: str) -> None:
        """Take the pictures of one stop; the last look is the one to go on with."""
        self.number += 1
        for language, theme in (*LOOKS, ("zh_TW", "light")):
            self.window.call("language", language)
            self.window.call("theme", theme)
            wanted = "zh-Hant" if language == "zh_TW" else language
            self.window.page.wait_for_selector(f'html[lang="{wanted}"][data-theme="{theme}"]')
            self.window.page.screenshot(path=self.folder / f"{self.number:02}-{name}-{language}-{theme}.png")

    def pages(self) -> None:
        """Everything outside of a procedure."""
        self.window.page.locator(".row").nth(2).wait_for()
        self.stop("overview")
        self.window.page.locator(".row .plain").first.click()
        self.window.page.locator(".places").wait_for()
        self.stop("certificate")
        for name in ("永豐金證券", "說明", "辦理紀錄", "設定"):
            self.window.page.locator("nav button", has_text=name).click()
            self.window.page.locator("h1", has_text=name).wait_for()
            self.stop({"永豐金證券": "issuer", "說明": "help", "辦理紀錄": "history", "設定": "settings"}[name])
        self.window.page.locator("nav button", has_text="瀏覽器").click()
        self.window.page.locator(".matrix").wait_for()
        self.stop("browsers")
        self.window.page.locator("nav button", has_text="總覽").click()

    def renewal(self) -> None:
        """Every kind of question."""
        self.window.page.get_by_role("button", name="立即更新", exact=True).click()
        self._answer("憑證檔密碼", "secret", "wrong")
        self.window.page.get_by_role("alert").wait_for()
        self.stop("secret-error")
        self.window.page.locator("#answer").fill("")
        self._answer("憑證檔密碼", "", OLD_PASSWORD)
        self._answer("登入永豐金證券", "text", "")
        self._answer("網路下單密碼", "", PASSWORD)
        self._answer("輸入出生年月日", "", BORN)
        self._answer("驗證碼要傳到哪裡？", "choice", "")
        self.window.heading("輸入驗證碼")
        self.window.page.keyboard.type("4821")
        self.stop("code")
        self.window.page.locator("#answer").fill("999999" if self.world.code() != "999999" else "111111")
        self.window.page.keyboard.press("Enter")
        self.window.page.get_by_role("alert").wait_for()
        self.stop("code-error")
        self.window.page.locator("#answer").fill(self.world.code())
        self.window.page.keyboard.press("Enter")
        self.window.heading("用戶約定條款")
        self.stop("terms")
        self.window.page.get_by_label("我同意以上用戶約定條款").check()
        self.window.click("下一步")
        self.window.heading("設定新憑證檔的密碼")
        self.stop("new-password")
        self.window.page.keyboard.press("Escape")
        self.window.page.get_by_role("dialog").wait_for()
        self.window.page.screenshot(path=self.folder / "20-dialog.png")
        self.window.page.keyboard.press("Escape")
        self.window.page.locator("#answer").fill(NEW_PASSWORD)
        self.window.page.get_by_label("再輸入一次").fill(NEW_PASSWORD)
        self.window.click("下一步")
        self.window.heading("憑證更新完成")
        self.stop("result")
        self.window.click("回到總覽")
        self.window.page.locator(".hero").wait_for()

    def comparison(self) -> None:
        """Host and local side by side."""
        self.window.page.locator("nav button", has_text="永豐金證券").click()
        self.window.click("登入")
        self.window.heading("登入永豐金證券")
        self.window.type("A123456789")
        self._answer("網路下單密碼", "", PASSWORD)
        self.window.page.locator(".pair").wait_for()
        self.stop("both-sides")
        self.window.click("回到總覽")

    def a_site(self) -> None:
        """A site with an account and a picture: its menu, the first login, a list, and what is done elsewhere."""
        counter = ("sandbox", "counter")
        form = self.world.certtray.run(*counter, "register", "tcb-fxml", "--id", "A123456789").stdout.strip()
        self.world.certtray.run(*counter, "approve", "tcb-fxml", form)
        slip = next(
            row["text"]
            for row in json.loads(self.world.certtray.run("sandbox", "outbox", "--json").stdout)
            if "帳號 " in row["text"]
        )
        account, password = (
            slip.partition("帳號 ")[2].split("，")[0].split()[0],
            slip.partition("密碼 ")[2].split("，")[0].split()[0],
        )
        self.window.page.locator("nav button", has_text="合作金庫").click()
        self.window.page.locator("h1", has_text="合作金庫").wait_for()
        self.stop("site-menu")
        self._menu("憑證申請")
        self.window.heading("登入合作金庫 FXML")
        self.window.type(account.rstrip("。"))
        self.window.page.locator("input[type=password]").wait_for()
        self.window.type(password.rstrip("。"))
        self.window.page.locator("img.picture").wait_for()
        self.stop("picture")
        self.window.type(self.world.certtray.run("sandbox", "captcha", "tcb-fxml").stdout.strip())
        self.window.page.locator(".options").wait_for()
        self.stop("registration")
        self.window.click("下一步")
        self.window.page.locator(".about").wait_for()
        self.stop("registration-right")

    def _menu(self, item: str) -> None:
        self.window.page.locator(".menu button", has_text=item).first.click()

    def _answer(self, heading: str, name: str, answer: str) -> None:
        self.window.heading(heading)
        if name:
            self.stop(name)
        self.window.type(answer) if answer else self.window.page.keyboard.press("Enter")


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "user").mkdir()
        certtray = Program(home)
        issuer = subprocess.Popen(
            [*certtray.command, "sandbox"], env=certtray.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert issuer.stdout
        issuer.stdout.readline()
        world = World(certtray)
        documents = home / "user" / "Documents"
        for path, days, person in (
            (world.file, 12, "A123456789"),
            (documents / "chen.pfx", 200, "U139514691"),
            (documents / "lin.pfx", -3, "F246061918"),
        ):
            world.sample(path, days, person)
            if days > 0:
                world.certtray.run(
                    "unlock", path, "--json", typed=json.dumps({"answer": OLD_PASSWORD}) + '\n{"answer": false}\n'
                )
        older, newer = (
            holder(ALICE, serial=n, key=spare_key(n), not_after=END + n * timedelta(days=90)) for n in (1, 2)
        )
        nss_database(home / "user/.mozilla/firefox/work", [older])
        nss_database(home / "user/.mozilla/firefox/home", [newer])
        nss_database(home / "user/.pki/nssdb", [])
        try:
            with desktop(home / "desk") as desk, sync_playwright() as driver, window(desk, certtray, driver) as shown:
                tour = Tour(folder, world, shown)
                stops: tuple[Callable[[], None], ...] = (tour.pages, tour.renewal, tour.comparison, tour.a_site)
                for stop in stops:
                    stop()
        finally:
            issuer.terminate()
            issuer.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
