"""Every store of a computer, by its system; homes as real programs leave them."""

from __future__ import annotations

from pathlib import Path

import pytest

from certtray.core.store import Store, Unread
from certtray.stores import every
from certtray.stores.adapters import adapter_of, read
from certtray.stores.every import CURRENT_USER, LOGIN_KEYCHAIN, MACOS, WINDOWS, stores_here
from certtray.stores.hicos import NAME
from tests.makers import ALICE, holder, nss_database
from tests.stores.hipki import card, hipki

HICOS = Store("hicos", NAME, "", Path("hicos:127.0.0.1:1"))
ALICES = holder(ALICE)


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the developer's own computer runs HiCOS says nothing."""
    monkeypatch.setattr(every, "hicos_store", lambda: None)


def profile(root: Path, name: str) -> Path:
    root.mkdir(parents=True)
    (root / "profiles.ini").write_text(f"[Profile0]\nName={name}\nIsRelative=1\nPath=Profiles/abc.{name}\n", "utf-8")
    return nss_database(root / "Profiles" / f"abc.{name}", [ALICES], chain=False)


def test_windows_has_its_own_store_first_then_each_firefox(tmp_path: Path) -> None:
    """Chrome, Edge and Brave have none of their own there: the first row says so."""
    usual = profile(tmp_path / "roaming/Mozilla/Firefox", "預設")
    packaged = profile(tmp_path / "local" / every._FIREFOX_OF_MICROSOFTS_STORE, "default")
    found = stores_here(
        tmp_path, {"APPDATA": str(tmp_path / "roaming"), "LOCALAPPDATA": str(tmp_path / "local")}, "win32"
    )
    assert found == [
        Store("windows", WINDOWS, "", CURRENT_USER),
        Store("nss", "Firefox", "預設", usual),
        Store("nss", "Firefox (Microsoft Store)", "default", packaged),
    ]
    assert [[held.der for held in read(store).held] for store in found[1:]] == [[ALICES.der], [ALICES.der]]
    assert stores_here(tmp_path, {}, "win32") == found[:1]


def test_macos_has_the_login_keychain_first_then_firefox(tmp_path: Path) -> None:
    usual = profile(tmp_path / "Library/Application Support/Firefox", "default-release")
    assert stores_here(tmp_path, {}, "darwin") == [
        Store("keychain", MACOS, "", tmp_path / LOGIN_KEYCHAIN),
        Store("nss", "Firefox", "default-release", usual),
    ]


def test_linux_has_browsers_alone(tmp_path: Path) -> None:
    usual = profile(tmp_path / ".mozilla/firefox", "default-release")
    assert stores_here(tmp_path, {}, "linux") == [Store("nss", "Firefox", "default-release", usual)]


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_the_card_service_comes_last_on_every_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setattr(every, "hicos_store", lambda: HICOS)
    assert stores_here(tmp_path, {}, platform)[-1] == HICOS


def test_a_system_s_store_is_unreadable_where_the_system_is_another_one(tmp_path: Path) -> None:
    """The scan goes on past it; nothing of Windows or macOS is needed to say so."""
    for platform in ("win32", "darwin"):
        first, *_ = stores_here(tmp_path, {}, platform)
        assert read(first).reason is Unread.NO_ACCESS


def test_the_service_is_read_through_the_same_door() -> None:
    with hipki({"ret_code": 0, "slots": [card(ALICES)]}) as service:
        store = Store("hicos", NAME, "", Path(f"hicos:127.0.0.1:{service.port}"))
        assert [held.der for held in read(store).held] == [ALICES.der]
        assert not adapter_of(store).writes
