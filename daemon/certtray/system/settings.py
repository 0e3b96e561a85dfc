"""What the user chose, in ``settings.toml``: small, readable, every key optional."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from certtray.core.errors import FileMissing, SettingsInvalid
from certtray.core.languages import LANGUAGES
from certtray.system.files import read_limited, write_atomic

DEFAULT_FOLDERS = ("~/Downloads", "~/Desktop", "~/Documents", "~/下載", "~/桌面", "~/文件")

THEMES = ("light", "dark", "contrast")
INSTALL_EVERYWHERE = ("ask", "always", "never")


@dataclass(frozen=True, slots=True)
class Settings:
    """The user's choices; ``folders`` are searched recursively, beside the places the issuer profiles name."""

    language: str = ""
    """``zh_TW`` or ``en``; empty: as the system."""
    folders: tuple[str, ...] = DEFAULT_FOLDERS
    theme: str = ""
    """One of THEMES; empty: as the system."""
    install_everywhere: str = "ask"
    """One of INSTALL_EVERYWHERE: what happens with the browsers' stores once a new certificate is in place (1-08)."""

    def search_folders(self) -> list[Path]:
        """Return the folders as paths, ``~`` expanded."""
        return [Path(folder).expanduser() for folder in self.folders]

    def with_folder(self, folder: Path) -> Settings:
        """Return settings that also search ``folder``."""
        return replace(self, folders=tuple(dict.fromkeys([*self.folders, str(folder)])))

    def without_folder(self, folder: Path) -> Settings:
        """Return settings that no longer search ``folder``."""
        return replace(self, folders=tuple(name for name in self.folders if Path(name).expanduser() != folder))


def load_settings(path: Path) -> Settings:
    """Read settings; a missing file means the defaults, a wrong one raises SettingsInvalid naming the key."""
    try:
        values = tomllib.loads(read_limited(path).decode())
    except FileMissing:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(path=str(path), reason=str(error)) from None
    unknown = sorted(set(values) - {"language", "folders", "theme", "install_everywhere"})
    if unknown:
        raise SettingsInvalid(path=str(path), reason=f"unknown key {unknown[0]}")
    language = values.get("language", "")
    if language not in ("", *LANGUAGES):
        raise SettingsInvalid(path=str(path), reason=f"language: one of {', '.join(LANGUAGES)}")
    folders = values.get("folders", list(DEFAULT_FOLDERS))
    if not (isinstance(folders, list) and all(isinstance(folder, str) and folder for folder in folders)):
        raise SettingsInvalid(path=str(path), reason="folders: a list of paths")
    theme = values.get("theme", "")
    if theme not in ("", *THEMES):
        raise SettingsInvalid(path=str(path), reason=f"theme: one of {', '.join(THEMES)}")
    everywhere = values.get("install_everywhere", "ask")
    if everywhere not in INSTALL_EVERYWHERE:
        raise SettingsInvalid(path=str(path), reason=f"install_everywhere: one of {', '.join(INSTALL_EVERYWHERE)}")
    return Settings(language=language, folders=tuple(folders), theme=theme, install_everywhere=everywhere)


def save_settings(path: Path, settings: Settings) -> None:
    """Write settings; WriteFailed changes nothing."""
    import tomli_w

    values: dict[str, object] = {"folders": list(settings.folders)}
    if settings.language:
        values["language"] = settings.language
    if settings.theme:
        values["theme"] = settings.theme
    if settings.install_everywhere != "ask":
        values["install_everywhere"] = settings.install_everywhere
    write_atomic(path, tomli_w.dumps(values).encode())
