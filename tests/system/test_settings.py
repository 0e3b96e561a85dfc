"""Settings and connections: defaults, errors that name the key, nothing lost by saving."""

from __future__ import annotations

from pathlib import Path

import pytest

from certtray.core.errors import SettingsInvalid
from certtray.system.connections import Connection, load_connection, save_connection
from certtray.system.paths import Home
from certtray.system.settings import DEFAULT_FOLDERS, Settings, load_settings, save_settings


def test_missing_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == Settings(language="", folders=DEFAULT_FOLDERS)


def test_saved_settings_come_back(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    chosen = Settings(language="en").with_folder(Path("/some/憑證")).with_folder(Path("/some/憑證"))
    save_settings(path, chosen)
    assert load_settings(path) == chosen
    assert chosen.folders.count("/some/憑證") == 1
    assert chosen.without_folder(Path("/some/憑證")) == Settings(language="en")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('language = "fr"', "language"),
        ("folders = 3", "folders"),
        ('colour = "red"', "colour"),
        ("folders == 3", "line 1"),
        ("\xff", "utf-8"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)


def test_connections_are_https_only(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert load_connection(home, "sinopac") is None
    save_connection(home, "sinopac", Connection("https://127.0.0.1:1/", tmp_path / "tls.pem", tmp_path / "ca.pem"))
    assert load_connection(home, "sinopac") == Connection(
        "https://127.0.0.1:1/", tmp_path / "tls.pem", tmp_path / "ca.pem"
    )
    save_connection(home, "sinopac", Connection("http://127.0.0.1:1/", tmp_path / "tls.pem", tmp_path / "ca.pem"))
    with pytest.raises(SettingsInvalid):
        load_connection(home, "sinopac")
