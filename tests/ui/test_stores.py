"""The browsers' stores in the window: what drifted, why one cannot be read, what a fix will do before it does it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.core.samples import make
from tests.faces import Program
from tests.inventory.test_matrix import CHROMIUM, FIREFOX, NEW, NOW, OLD, lies, shown
from tests.makers import ALICE, holder, nss_database, spare_key
from tests.ui.test_renewal import Screen

from certtray.core.drift import Cell
from certtray.core.store import Store, Unread
from certtray.flows.procedures import PROCEDURES, About, Procedure
from certtray.inventory.matrix import Matrix
from certtray.inventory.model import KnownStore
from certtray.program.parts import Parts
from certtray.text import Text
from certtray_ui.stores import LOOKS, StoresPage, stores_to_fix
from certtray_ui.targets import Target

CA = replace(make("CA", is_ca=True, not_after=NOW + timedelta(days=999)), subject=NEW.issuer)
LOCKED = KnownStore(Store("nss", "Firefox", "locked", Path("/locked")), Unread.LOCKED)
TODAY = datetime.now(UTC).replace(microsecond=0)
OLDER = holder(ALICE, serial=1, not_after=TODAY + timedelta(days=60))
NEWER = holder(ALICE, serial=2, key=spare_key(2), not_after=TODAY + timedelta(days=400))


@pytest.fixture
def browsers(certtray: Program) -> Path:
    """Firefox with three profiles, one of them never used; the shared store is empty."""
    user = Path(certtray.environment["HOME"])
    root = user / ".mozilla/firefox"
    nss_database(root / "work", [OLDER])
    nss_database(root / "home", [NEWER])
    nss_database(user / ".pki/nssdb", [])
    names = ("work", "home", "unused")
    sections = [f"[Profile{number}]\nName={name}\nIsRelative=1\nPath={name}\n" for number, name in enumerate(names)]
    (root / "profiles.ini").write_text("\n".join(sections), "utf-8")
    return root


def test_the_overview_leads_to_the_matrix(certtray: Program, browsers: Path, screen: Screen) -> None:
    window = screen()
    window.heading("2 個瀏覽器缺少最新的憑證")
    assert "件需要處理" in window.page.locator("nav button", has_text="瀏覽器").inner_text()
    window.page.locator('[data-keep="hero certtray://stores"]').press("Enter")
    window.page.locator(".matrix").wait_for()
    head = window.page.locator(".matrix thead th").all_inner_texts()
    assert [each.split() for each in head] == [
        ["憑證"],
        ["Firefox", "work"],
        ["Firefox", "home"],
        ["Firefox", "unused"],
        ["Chromium,", "Chrome,", "Edge,", "Brave"],
    ]
    assert window.page.locator(".matrix .chip").all_inner_texts() == ["! 舊的", "✓ 最新", "? 讀不到", "! 沒有"]
    assert "A12345****" in window.page.locator(".matrix th[scope=row]").inner_text()
    assert "要處理（1）" in window.page.locator(".matrix .group").inner_text()
    unread = window.page.locator(".panel dl").inner_text()
    assert "Firefox · unused" in unread and "還沒有憑證庫" in unread
    assert "A123456789" not in window.page.content()
    # What changes in a browser is seen here as well, after looking again.
    nss_database(browsers / "work", [NEWER])
    window.page.locator('[data-keep="check"]').click()
    window.heading("1 個瀏覽器缺少最新的憑證")


def test_a_fix_is_read_first_and_carried_through_with_keys_alone(
    certtray: Program, browsers: Path, screen: Screen
) -> None:
    window = screen("certtray://stores")
    window.heading("2 個瀏覽器缺少最新的憑證")
    fix = window.page.locator(".of .button")
    fix.press("Enter")
    dialog = window.page.get_by_role("dialog")
    said = dialog.inner_text()
    assert "把最新的憑證放進 2 個瀏覽器" in said and "重新啟動" in said and "A12345****" in said
    assert "Firefox · work" in said and "會留著" in said and "Firefox · home" not in said and "unused" not in said
    window.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert fix.evaluate("button => button === document.activeElement")
    fix.press("Enter")
    assert dialog.get_by_role("button", name="開始安裝").evaluate("button => button === document.activeElement")
    window.page.keyboard.press("Enter")  # which stores is not asked again
    window.heading("跨瀏覽器憑證安裝完成")
    done = window.page.locator(".ending table").inner_text()
    assert "Firefox · work" in done and "Chromium" in done and "unused" not in done
    window.page.keyboard.press("Enter")
    window.heading("瀏覽器裡的憑證都是最新的")
    found = {row["profile"] or "shared": row["cells"][0]["cell"] for row in certtray.rows("stores")}
    assert found == {"work": "newest", "home": "newest", "shared": "newest", "unused": "unreadable"}


def page(matrix: Matrix, language: str = "zh_TW") -> StoresPage:
    return StoresPage(Parts.of_this_user(), Text(language), matrix)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTTRAY_HOME", str(tmp_path / "certtray"))


def install(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    """The table of procedures with and without it."""
    monkeypatch.delitem(PROCEDURES, "install", raising=False)
    if there:
        monkeypatch.setitem(PROCEDURES, "install", Procedure("install", About.CERTIFICATE, "install", ()))


def test_a_fix_says_beforehand_what_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = shown(lies(OLD, FIREFOX), lies(NEW, file="pfx"))
    install(monkeypatch, there=True)
    (group,) = page(matrix).data()["groups"]
    assert group["rows"][0]["fix"] == {
        "label": "處理",
        "title": "把最新的憑證放進 2 個瀏覽器",
        "certificate": "憑證 A12345****-00-00::PCC005，有效到 2026/12/27。",
        "stores": [
            [
                "Firefox",
                "放進這張憑證、私密金鑰和核發 CA 的憑證。原有的 1 張（到期日 2026/01/21）會留著，瀏覽器會選新的。",
            ],
            ["Chromium", "放進這張憑證、私密金鑰和核發 CA 的憑證。"],
        ],
        "after": "其他瀏覽器不會更動。裝好後請重新啟動這些瀏覽器，才會用到新的憑證。",
        "target": f"certtray://flow/install/{NEW.fingerprint}",
    }
    assert page(matrix, "en").data()["groups"][0]["rows"][0]["fix"]["label"] == "Fix"
    install(monkeypatch, there=False)
    assert page(matrix).data()["groups"][0]["rows"][0]["fix"] is None


def test_stores_of_one_name_are_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, there=True)
    twin = KnownStore(replace(FIREFOX.store, folder=Path("/twin")), None)
    entries, target = (lies(OLD, FIREFOX), lies(NEW, file="pfx")), Target("install", NEW.fingerprint)
    ambiguous, clear = shown(*entries, stores=(FIREFOX, twin)), shown(*entries)
    assert "下一步可以再確認" in page(ambiguous).data()["groups"][0]["rows"][0]["fix"]["after"]
    assert (stores_to_fix(ambiguous, target), stores_to_fix(clear, target)) == ((), ("Firefox", "Chromium"))
    assert stores_to_fix(clear, Target("install", OLD.fingerprint)) == ()
    assert stores_to_fix(clear, Target("export", NEW.fingerprint)) == ()


def test_without_the_key_there_is_no_fix_but_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, there=True)
    matrix = shown(lies(OLD, FIREFOX), lies(NEW, file="cer", key=False))
    (row,) = page(matrix).data()["groups"][0]["rows"]
    assert (row["fix"], row["no_key"]) == (None, "私密金鑰不在這台電腦上，請先匯入備份。")


def test_what_is_to_be_done_stands_first_and_what_is_in_no_browser_last(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, there=True)
    fine = make("U139514691-00", serial=4, not_after=NOW + timedelta(days=100))
    file_only = make("F246061918-00", serial=5, not_after=NOW + timedelta(days=3))
    matrix = shown(
        lies(OLD, FIREFOX), lies(NEW, CHROMIUM), lies(file_only, file="pfx"), lies(fine, file="cer", key=False)
    )
    groups = page(matrix).data()["groups"]
    assert [group["title"] for group in groups] == ["要處理（1）", "沒有放進瀏覽器（2）"]
    unused = groups[1]["rows"]
    assert [row["holder"] for row in unused] == ["F24606****-00", "U13951****-00"]
    assert [cell["level"] for cell in unused[0]["cells"]] == ["off", "off"]
    assert [row["fix"] and row["fix"]["label"] for row in unused] == ["安裝", None]


@pytest.mark.parametrize(
    ("matrix", "level", "title"),
    [
        (Matrix(), "info", "這台電腦上找不到瀏覽器的憑證庫"),
        (Matrix((FIREFOX,)), "info", "還沒有您的憑證可以比較"),
        (shown(lies(NEW, file="pfx")), "info", "還沒有把憑證放進瀏覽器"),
        (shown(lies(NEW, file="pfx"), stores=(LOCKED,)), "soon", "現在讀不到瀏覽器的憑證庫"),
        (shown(lies(NEW, FIREFOX), lies(CA, FIREFOX), stores=(FIREFOX, LOCKED)), "ok", "瀏覽器裡的憑證都是最新的"),
        (shown(lies(OLD, FIREFOX), lies(NEW, CHROMIUM)), "soon", "2 個瀏覽器缺少最新的憑證"),
    ],
)
def test_how_they_stand_in_a_sentence(matrix: Matrix, level: str, title: str) -> None:
    summary = page(matrix).data()["summary"]
    assert (summary["level"], summary["title"]) == (level, title)


def test_why_a_store_cannot_be_read_and_no_number_is_shown_whole() -> None:
    store = KnownStore(Store("nss", "Firefox", "A123456789", Path("/ff")), Unread.DAMAGED)
    data = page(Matrix((store,))).data()
    ((label, why),) = data["unread"]
    assert label == "Firefox · A12345****"
    assert "損毀" in why
    assert data["stores"] == [{"name": "Firefox", "profile": "A12345****"}]


def test_every_cell_has_a_look() -> None:
    assert LOOKS.keys() == set(Cell)
    assert all(sign for _, sign in LOOKS.values())  # never colour alone
