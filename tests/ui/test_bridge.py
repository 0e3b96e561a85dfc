"""Attacks on the bridge and the page from inside the real window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Playwright
from tests.faces import Program
from tests.makers import holder, openssl_pfx
from tests.ui.conftest import World, near_its_end, served
from tests.ui.desktop import Desktop
from tests.ui.driver import CALL, Window
from tests.ui.driver import window as open_window
from tests.ui.test_renewal import Screen

from certtray_ui.bridge import LONGEST, Nothing

HEADING = "永豐金證券憑證還有 12 天到期"


@pytest.fixture(scope="module")
def standing(desk: Desktop, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """One window for all attacks: each must leave it as it was."""
    program = Program(tmp_path_factory.mktemp("bridge"))
    (program.folder / "user").mkdir()
    with served(program) as world, open_window(desk, near_its_end(world).certtray, playwright) as opened:
        yield opened


@pytest.fixture
def window(standing: Window) -> Window:
    """The window, as it stands before each of them."""
    standing.heading(HEADING)
    return standing


NAMES = (
    "__class__.__base__.__subclasses__",
    "__init__",
    "__reduce_ex__",
    "__getattribute__",
    "_desk",
    "desk.stop",
    "functions",
    "eval",
    "no_such",
    "",
    "answer.__globals__",
)


def test_nothing_but_the_functions_can_be_called(window: Window) -> None:
    calls = [(name, given) for name in NAMES for given in ((), ("importlib",))]
    assert window.calls(calls, patience=3) == ["no answer"] * len(calls)
    assert window.call("check")["value"] == '{"value": null}', "the others are answered"
    assert "Traceback" not in window.said


UNFIT: tuple[tuple[str, list[Any]], ...] = (
    ("answer", []),
    ("answer", [1]),
    ("answer", ["1", "x", None]),
    ("answer", [True, "x", None]),
    ("answer", [-1, "x", None]),
    ("answer", [1.5, "x", None]),
    ("answer", [1, {"a": 1}, None]),
    ("answer", [1, ["x"], None]),
    ("answer", [1, None, None]),
    ("answer", [1, "x" * (LONGEST + 1), None]),
    ("answer", [1, "x", 7]),
    ("answer", [1, "x", None, None]),
    ("act", [1, "../resend"]),
    ("act", [1, "x" * 5_000_000]),
    ("go", ["https://example.com/"]),
    ("go", ["certtray://flow/renew/../../etc"]),
    ("go", ["certtray://flow/renew/" + "g" * 64]),
    ("go", ["file:///etc/passwd"]),
    ("go", [None]),
    ("language", ["fr"]),
    ("theme", ["<script>"]),
    ("everywhere", ["sometimes"]),
    ("drop_file", ["a.pfx"]),
    ("drop_file", [[1]]),
    ("remove_folder", [10_000]),
    ("remove_folder", [-1]),
    ("open_page", ["https://example.com/"]),
    ("open_page", ["javascript:alert(1)"]),
)


def test_what_does_not_fit_is_refused_without_a_trace(window: Window) -> None:
    for name, given in UNFIT:
        shown = f"{name} {given}"[:80]
        reply = window.call(name, *given)
        assert not reply.get("isError"), (shown, reply)
        assert '"refused": "' in reply["value"], shown
        assert "Traceback" not in reply["value"] and ".py" not in reply["value"], shown
        window.heading(HEADING)  # and the window lives
    assert "Traceback" not in window.said


def test_no_dialog_unless_a_question_asks_for_a_file(window: Window) -> None:
    assert window.call("pick_file")["value"] == '{"value": null}'


def test_an_answer_to_no_question_does_nothing(window: Window) -> None:
    window.call("answer", 1, "x", None)
    window.call("act", 1, "resend")
    window.call("stop")
    window.call("leave")
    window.heading(HEADING)


def test_what_a_password_was_is_nowhere_in_the_page_or_the_log(expiring: World, screen: Screen) -> None:
    window = screen()
    window.click("立即更新")
    window.heading("憑證檔密碼")
    window.type("not-the-password-7411")
    window.page.get_by_role("alert").wait_for()
    window.page.locator("#answer").fill("")
    shown = window.page.evaluate("() => document.documentElement.outerHTML + JSON.stringify(window.certtray.first)")
    assert "not-the-password-7411" not in shown + window.said
    kept = [path for path in expiring.certtray.home.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"not-the-password-7411" in path.read_bytes()]


# Each is a function of ``url`` and of ``add(name, properties)``, which puts an element into the page and returns it.
WAYS = {
    "href": "location.href = url",
    "replace": "location.replace(url)",
    "link": "add('a', {href: url}).click()",
    "link to a new window": "add('a', {href: url, target: '_blank'}).click()",
    "form": "add('form', {action: url, method: 'post'}).submit()",
    "refresh": "add('meta', {httpEquiv: 'refresh', content: '0;url=' + url})",
    "frame": "add('iframe', {src: url})",
    "image": "add('img', {src: url})",
    "script": "add('script', {src: url})",
    "style": "add('link', {rel: 'stylesheet', href: url})",
    "fetch": "fetch(url, {mode: 'no-cors'}).catch(() => 0)",
    "beacon": "navigator.sendBeacon(url, 'x')",
    "socket": "new WebSocket(url.replace('http', 'ws'))",
}
ADD = """(name, given) => {
  const made = Object.assign(document.createElement(name), given);
  document.body.append(made);
  return made;
}"""


def test_the_page_reaches_nothing_and_goes_nowhere(
    expiring: World, screen: Screen, elsewhere: tuple[str, list[str]]
) -> None:
    url, asked = elsewhere
    window = screen()  # of its own: it is of no more use to the driver afterwards, which waits for the navigations
    window.heading(HEADING)
    # Spoken to directly: the driver itself would wait for a navigation that never ends.
    page = window.page.context.new_cdp_session(window.page)

    def run(script: str) -> Any:
        return page.send("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True})[
            "result"
        ].get("value")

    for way, script in WAYS.items():
        for target in (url + "/leak", "file:///etc/passwd"):
            run(f"setTimeout(() => {{ const url = {target!r}, add = {ADD}; {script} }}, 0); 0")
            # Answers of the bridge come after what the attempt has begun, and show that the page lives.
            for _ in range(3):
                assert run(f"({CALL})(['check', [], 60]).then((reply) => reply.value)") == '{"value": null}', way
        assert run("document.querySelector('h1').textContent") == HEADING, way
        assert "root:" not in run("document.documentElement.outerHTML"), way
        assert asked == [], way


@pytest.mark.parametrize("script", ["eval('1')", "new Function('return 1')()", "setTimeout('window.hurt = 1', 0)"])
def test_strings_are_never_run(window: Window, script: str) -> None:
    ran = window.page.evaluate(
        """(script) => new Promise((resolve) => {
          // In a script of the page itself: what the debugger evaluates is above the policy.
          const source = `try { ${script}; window.ran = typeof window.hurt } catch (e) { window.ran = e.name } `;
          const blob = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
          import(blob).then(() => setTimeout(() => resolve([window.ran, window.hurt]), 50));
        })""",
        script,
    )
    assert ran[0] == "EvalError" or ran == ["undefined", None]


def test_a_name_in_a_certificate_is_text(world: World, screen: Screen) -> None:
    name = "<img src=x onerror=window.hurt=1>"
    path = world.certtray.folder / "user" / "Documents" / "evil.pfx"
    path.parent.mkdir(parents=True)
    openssl_pfx(path, holder(name), "pw", protection="aes", chain=False)
    window = screen()
    window.heading("有 1 個憑證檔還不知道到期日")
    window.page.locator(".hero .button").click()
    window.heading("憑證檔密碼")
    window.type("pw")
    window.heading("要把密碼存進系統的密碼庫嗎？")
    window.click("不用")
    window.heading("檔案讀好了")
    window.click("回到總覽")
    row = window.page.locator(".row", has_text=name)
    row.wait_for()
    row.locator(".plain").click()
    window.page.locator("dd", has_text=name).wait_for()
    assert window.page.evaluate("() => [window.hurt, document.images.length]") == [None, 0]


def test_nothing_is_served(window: Window) -> None:
    """The window listens nowhere but at the engine's debugging port, which only this test opens."""
    assert window.listening() == {window.port}


def test_nothing_has_no_attribute_at_all() -> None:
    nothing = Nothing()
    assert dir(nothing) == []
    for name in ("__class__", "__dict__", "__init__", "x"):
        assert getattr(nothing, name, None) is None
