"""One person at one issuer in one window: what is clicked and typed, step after step, each waited for by its own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, TimeoutError
from tests.flows.browsers import held, shared
from tests.flows.site import described
from tests.ui.conftest import ID, World
from tests.ui.driver import Window

from certtray_sandbox import certificates, counter
from certtray_sandbox.captcha import last_digits
from certtray_sandbox.home import profiles
from certtray_sandbox.outbox import Message, outbox
from certtray_sandbox.store import Store

SITE_PASSWORD, KEY_PASSWORD, LATER_PASSWORD = "site-24680", "key-password-1", "key-password-2"


@dataclass
class Visit:
    """Begins on the issuer's page; every procedure is begun there by its menu and ends there again."""

    world: World
    window: Window
    profile: str
    person: str = ID

    @property
    def sandbox(self) -> Path:
        """The folder of the RAs."""
        return self.world.certtray.home / "sandbox"

    @property
    def words(self) -> str:
        """What the page says now."""
        return self.window.page.locator("main").inner_text()

    def begin(self, item: str) -> None:
        """Click an item of the issuer's menu."""
        exact = self.window.page.get_by_text(item, exact=True)
        self.window.page.locator(".menu button").filter(has=exact).click()

    def asked(self, heading: str) -> None:
        """Wait for a question, or for an end, by its whole heading."""
        try:
            self.window.page.get_by_role("heading", level=1, name=heading, exact=True).wait_for()
        except TimeoutError as late:
            raise AssertionError(f"never asked 「{heading}」, but said:\n{self.words}") from late

    def type(self, heading: str, text: str | Callable[[], str]) -> None:
        """Answer a question by keys; a code is looked up once it is asked for, not before it was sent."""
        self.asked(heading)
        self.window.type(text if isinstance(text, str) else text())

    def refused(self, alert: str, heading: str, text: str) -> None:
        """Answer a question wrong, be told so in words, and leave the field empty for another try."""
        self.type(heading, text)
        self.alert(alert)
        self.window.page.locator("#answer").fill("")

    def alert(self, text: str) -> Locator:
        """Wait until the page says in words that something is wrong."""
        found = self.window.page.get_by_role("alert").filter(has_text=text)
        found.wait_for()
        return found

    def twice(self, heading: str, password: str, again: str | None = None) -> None:
        """Answer a question for a new password."""
        self.asked(heading)
        self.window.page.locator("#answer").fill(password)
        self.window.page.get_by_label("再輸入一次").fill(password if again is None else again)
        self.window.page.keyboard.press("Enter")

    def pick(self, heading: str, label: str = "") -> str:
        """Choose the option that says ``label``, the first one where nothing is said; return the words of all."""
        self.asked(heading)
        if label:
            self.window.page.locator(".option", has_text=label).click()
        words = self.words
        self.window.click("下一步")
        return words

    def agree(self, clauses: int) -> None:
        """Accept the terms; until they are there is no way on (0-14)."""
        self.asked("用戶約定條款")
        assert self.window.page.locator("ol.clauses li").count() == clauses
        assert self.window.page.get_by_role("button", name="下一步").is_disabled()
        self.window.page.get_by_label("我同意以上用戶約定條款").check()
        self.window.click("下一步")

    def yes(self, heading: str) -> str:
        """Say yes; return what the question said."""
        return self._say(heading, "好")

    def no(self, heading: str) -> str:
        """Say no; return what the question said."""
        return self._say(heading, "不用")

    def ended(self, heading: str) -> str:
        """Wait for the end of a procedure, go back to the issuer's page, and return what the end said."""
        self.asked(heading)
        words = self.words
        self.window.click("回到總覽")
        self.window.page.locator(".menu").wait_for()
        return words

    def register(self, **form: str) -> Message:
        """Have the counter take in a form and approve it; return the slip with account and first password."""
        number = counter.register(self.sandbox, self.profile, self.person, **form)  # type: ignore[arg-type]
        counter.approve(self.sandbox, self.profile, number)
        return self.slip()

    def slip(self) -> Message:
        """Return the latest slip with account and password."""
        return [each for each in self.mail() if "網站密碼單" in each.text][-1]

    def apply_password(self) -> str:
        """Return the password of the counter's latest notice (3-08)."""
        return [each for each in self.mail() if "憑證申請密碼" in each.text][-1].password

    def mail(self) -> list[Message]:
        """Return what this issuer has sent."""
        return [each for each in outbox(self.sandbox) if each.profile == self.profile]

    def to_the_site(self, slip: Message, password: str = "") -> None:
        """Account, site password and picture digits; the slip's password where no other is given."""
        self.window.heading(f"登入{profiles()[self.profile].name_zh_tw}")
        self.window.type(slip.account)
        self.type("網站密碼", password or slip.password)
        self.digits()

    def digits(self, wrong: bool = False) -> None:
        """Type what the picture shows, or something else."""
        self.asked("輸入圖形驗證碼")
        seen = last_digits(self.sandbox, self.profile)
        self.window.type(f"{(int(seen) + 1) % 10 ** len(seen):0{len(seen)}}" if wrong else seen)

    def register_says(self) -> dict[int, str]:
        """Return why each certificate the issuer knows of the person is revoked or on hold, empty while in force, by serial."""
        with Store(self.sandbox / self.profile / "ra.sqlite").transaction() as db:
            return {int(each.serial, 16): each.revoked or "" for each in certificates.held_by(db, self.person)}

    def held(self) -> list[dict[str, str]]:
        """Return what OpenSSL says of each certificate that lies with its key in the system's store."""
        return [described(der) for der, has_key in held(shared(self.world.certtray)).items() if has_key]

    def _say(self, heading: str, answer: str) -> str:
        self.asked(heading)
        words = self.words
        self.window.click(answer)
        return words
