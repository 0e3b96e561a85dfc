"""Finding every browser's store in homes as real programs leave them."""

from __future__ import annotations

from pathlib import Path

from certtray.stores.browsers import SHARED, browser_stores


def profile(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "cert9.db").write_bytes(b"")
    return folder


def found(home: Path, **environment: str) -> list[tuple[str, str, str]]:
    """Name, profile and folder below the home."""
    stores = browser_stores(home, environment)
    return [(store.name, store.profile, store.folder.relative_to(home).as_posix()) for store in stores]


def test_an_empty_home_has_none(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_the_profile_in_use_comes_first_and_none_is_left_out(tmp_path: Path) -> None:
    root = tmp_path / ".mozilla/firefox"
    used, other = profile(root / "abc.default-release"), profile(tmp_path / "elsewhere")
    profile(root / "stray")  # no program opens it
    (root / "profiles.ini").write_text(
        "[Profile1]\nName=default\nIsRelative=1\nPath=xyz.default\nDefault=1\n\n"
        "[Profile0]\nName=工作 50%\nIsRelative=1\nPath=abc.default-release\n\n"
        f"[Profile2]\nName=moved\nIsRelative=0\nPath={other}\n\n[General]\nVersion=2\n",
        "utf-8",
    )
    (root / "installs.ini").write_text(f"[4F96D1932A9F858E]\nDefault={used.name}\nLocked=1\n", "utf-8")
    assert found(tmp_path) == [
        ("Firefox", "工作 50%", ".mozilla/firefox/abc.default-release"),
        ("Firefox", "default", ".mozilla/firefox/xyz.default"),  # never used: reading it says so
        ("Firefox", "moved", "elsewhere"),
    ]


def test_an_install_in_profiles_ini_and_broken_files(tmp_path: Path) -> None:
    old = tmp_path / ".mozilla/firefox"
    profile(old / "p.one")
    (old / "profiles.ini").write_text("[InstallABC]\nDefault=p.one\n", "utf-8")
    broken = tmp_path / "config/mozilla/firefox"
    profile(broken / "p.two")
    (broken / "profiles.ini").write_bytes(b"\xff\x00 not an ini [[[")
    assert found(tmp_path, XDG_CONFIG_HOME=str(tmp_path / "config")) == [
        ("Firefox", "p.one", ".mozilla/firefox/p.one"),
        ("Firefox", "p.two", "config/mozilla/firefox/p.two"),
    ]


def test_every_way_of_installation(tmp_path: Path) -> None:
    firefoxes = [
        ".mozilla/firefox",
        ".config/mozilla/firefox",
        "snap/firefox/common/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/config/mozilla/firefox",
    ]
    for place in firefoxes:
        profile(tmp_path / place / "p.x")
    chromiums = {
        ".pki/nssdb": SHARED,
        ".local/share/pki/nssdb": SHARED,
        "snap/chromium/current/.pki/nssdb": "Chromium (snap)",
        "snap/brave/current/.pki/nssdb": "Brave (snap)",
        ".var/app/org.chromium.Chromium/.pki/nssdb": "Chromium (Flatpak)",
        ".var/app/org.chromium.Chromium/data/pki/nssdb": "Chromium (Flatpak)",
        ".var/app/com.google.Chrome/data/pki/nssdb": "Chrome (Flatpak)",
        ".var/app/com.microsoft.Edge/data/pki/nssdb": "Edge (Flatpak)",
        ".var/app/com.brave.Browser/data/pki/nssdb": "Brave (Flatpak)",
    }
    for place in chromiums:
        profile(tmp_path / place)
    stores = found(tmp_path)
    assert [folder for _, name, folder in stores if name == "p.x"] == [f"{place}/p.x" for place in firefoxes]
    assert {folder: name for name, label, folder in stores if not label} == chromiums
    assert len(stores) == len(firefoxes) + len(chromiums)


def test_a_moved_data_folder_and_one_folder_under_two_names(tmp_path: Path) -> None:
    profile(tmp_path / "data/pki/nssdb")
    (tmp_path / ".pki").symlink_to(tmp_path / "data/pki")
    assert found(tmp_path, XDG_DATA_HOME=str(tmp_path / "data")) == [(SHARED, "", ".pki/nssdb")]
