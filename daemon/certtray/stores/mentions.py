"""Which settings files of other programs name a certificate file: their paths only, never what else they hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

LARGEST: Final = 256 * 1024
"""Bytes; settings are smaller."""
MOST: Final = 400
"""Files looked at in one folder."""
PATH_VARIABLE: Final = "SJ_CA_PATH"
"""Names the certificate file of Shioaji's server (FACTS.md 1.5)."""
_IN_HOME: Final = (".env", ".profile", ".bashrc", ".bash_profile", ".zshrc", ".zprofile", ".pam_environment")
_SUFFIXES: Final = frozenset({".env", ".ini", ".toml", ".yaml", ".yml", ".json", ".cfg", ".conf"})


def mentions(path: Path, folders: Iterable[Path], home: Path, environment: dict[str, str]) -> list[str]:
    """Return what names ``path``: settings files in ``folders``, beside the file and in ``home``, or an environment variable.

    A file is searched for the path's spellings and forgotten; of the environment one variable is looked at. Unreadable
    files name nothing.
    """
    spelled = [each.encode() for each in _spellings(path, home)]
    found = [str(each) for each in _candidates(path, folders, home) if _names(each, spelled)]
    if Path(environment.get(PATH_VARIABLE, "")) in (path, path.parent):
        found.append(PATH_VARIABLE)
    return list(dict.fromkeys(found))


def _spellings(path: Path, home: Path) -> set[str]:
    whole = str(path)
    spelled = {whole, whole.replace("\\", "\\\\"), whole.replace("\\", "/")}
    if path.is_relative_to(home):
        below = path.relative_to(home).as_posix()
        spelled |= {f"~/{below}", f"$HOME/{below}", f"${{HOME}}/{below}"}
    return spelled


def _candidates(path: Path, folders: Iterable[Path], home: Path) -> Iterator[Path]:
    yield from (home / name for name in _IN_HOME)
    for folder in dict.fromkeys([path.parent, home / ".config" / "environment.d", *folders]):
        yield from _settings_in(folder)
        for below in _listed(folder):
            if below.is_dir() and not below.name.startswith("."):
                yield from _settings_in(below)


def _settings_in(folder: Path) -> Iterator[Path]:
    for each in _listed(folder):
        if each.suffix.lower() in _SUFFIXES or each.name.lower().startswith(".env"):
            yield each


def _listed(folder: Path) -> list[Path]:
    try:
        return [Path(entry) for entry, _ in zip(os.scandir(folder), range(MOST), strict=False)]
    except OSError:
        return []


def _names(file: Path, spelled: list[bytes]) -> bool:
    try:
        if not file.is_file() or file.stat().st_size > LARGEST:
            return False
        data = file.read_bytes()
    except OSError:
        return False
    return any(each in data for each in spelled)
