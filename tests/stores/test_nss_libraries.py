"""Which NSS writes a Firefox profile, by system: folders as Firefox's builds leave them."""

from __future__ import annotations

from pathlib import Path

import pytest

from certtray.core.errors import StoreUnreachable
from certtray.core.store import Store
from certtray.stores.nss_libraries import library_of


@pytest.fixture
def profile(tmp_path: Path) -> Store:
    (tmp_path / "profile").mkdir()
    return Store("nss", "Firefox", "default", tmp_path / "profile")


def ran_from(store: Store, folder: Path) -> None:
    text = f"[Compatibility]\nLastVersion=153.0\nLastPlatformDir={folder}\nLastAppDir={folder}/browser\n"
    (store.folder / "compatibility.ini").write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("platform", "said", "folder", "file"),
    [
        ("win32", "Mozilla Firefox", "Mozilla Firefox", "nss3.dll"),
        ("darwin", "Firefox.app/Contents/Resources", "Firefox.app/Contents/MacOS", "libnss3.dylib"),
        ("linux", "opt/firefox 153", "opt/firefox 153", "libnss3.so"),
    ],
)
def test_a_profile_says_from_where_its_firefox_ran(
    tmp_path: Path, profile: Store, platform: str, said: str, folder: str, file: str
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / file).touch()
    ran_from(profile, tmp_path / said)
    assert library_of(profile, platform) == tmp_path / folder


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_without_its_firefox_a_profile_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, profile: Store, platform: str
) -> None:
    monkeypatch.setenv("PATH", "")
    ran_from(profile, profile.folder / "gone")
    with pytest.raises(StoreUnreachable) as unreachable:
        library_of(profile, platform)
    assert unreachable.value.facts["package"] == "Firefox"
