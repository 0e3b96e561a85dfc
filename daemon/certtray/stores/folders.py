"""Certificate files in folders: a walk fast enough to repeat often, and the folders a profile's path template names."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from string import ascii_uppercase
from typing import Final, NamedTuple

SUFFIXES: Final = frozenset({".pfx", ".p12", ".pem", ".cer", ".crt", ".der", ".p7b"})
_JUNK: Final = frozenset(
    {
        *("node_modules", "site-packages", "dist-packages", "__pycache__", "cache", "caches", "code cache", "gpucache"),
        *("$recycle.bin", "system volume information", "lost+found"),
    }
)
"""Folders that never hold a person's certificate but often thousands of files (package trees hold public roots)."""
_FILE_ATTRIBUTE_HIDDEN: Final = 0x2


class Found(NamedTuple):
    """One candidate file; equal in all fields to an earlier one, it need not be read again.

    inode and device are 0 on Windows, where a directory listing does not tell them.
    """

    path: str
    size: int
    mtime_ns: int
    inode: int
    device: int


def walk(folders: Iterable[Path], unreadable: Callable[[str, OSError], None]) -> Iterator[Found]:
    """Yield every certificate file below ``folders``, each folder once however links lead to it.

    A folder given is walked even where its name would be skipped deeper down (hidden, junk), and a file given is
    yielded whatever its suffix. ``unreadable`` is called with the path and the reason of what cannot be read; the walk
    goes on.
    """
    seen: set[tuple[int, int]] = set()
    pending: list[str] = []
    for folder in folders:
        try:
            status = folder.stat()
        except OSError as error:
            unreadable(str(folder), error)
            continue
        if stat.S_ISREG(status.st_mode):
            yield Found(str(folder), status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)
        else:
            pending.append(str(folder))
    pending.reverse()
    while pending:
        folder_path = pending.pop()
        try:
            status = os.stat(folder_path)  # noqa: PTH116  # strings throughout: a Path per folder doubles the time
            identity = status.st_dev, status.st_ino
            if identity in seen:
                continue
            seen.add(identity)
            with os.scandir(folder_path) as entries:
                yield from _candidates(entries, pending, unreadable)
        except OSError as error:
            unreadable(folder_path, error)


def files_in(folder: Path) -> list[Path]:
    """Return the certificate files that lie in ``folder`` itself, none from below it; empty where it cannot be read."""
    try:
        return [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    except OSError:
        return []


def _candidates(
    entries: Iterator[os.DirEntry[str]], pending: list[str], unreadable: Callable[[str, OSError], None]
) -> Iterator[Found]:
    """Yield the candidates of one folder and put its folders on ``pending``; only candidates cost a stat."""
    for entry in entries:
        name = entry.name
        try:
            if name[-4:].lower() in SUFFIXES and entry.is_file():
                status = entry.stat()
                yield Found(entry.path, status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)
            elif name[0] != "." and entry.is_dir() and name.lower() not in _JUNK and not _hidden_on_windows(entry):
                pending.append(entry.path)
        except OSError as error:  # vanished meanwhile, or a link in a circle
            unreadable(entry.path, error)


def _hidden_on_windows(entry: os.DirEntry[str]) -> bool:
    if os.name != "nt":
        return False
    attributes: int = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return bool(attributes & _FILE_ATTRIBUTE_HIDDEN)


def expand(template: str, home: Path, drives: Mapping[str, Path] | None = None) -> list[Path]:
    r"""Return the existing folders that a profile's template names, such as ``?:\ekey\*\*`` or ``~/ekey/551/{id}/S``.

    Names match in any letter case on every system; ``{id}`` stands for any name, ``?:`` for any drive. ``drives`` maps
    letters to roots, by default the machine's (none where drives have no letters). Unreadable folders hold nothing.
    Source: FACTS.md 1.1.
    """
    first, *parts = template.replace("\\", "/").rstrip("/").split("/")
    if first == "~":
        folders = [home]
    elif first == "":
        folders = [Path("/")]
    elif first.endswith(":"):
        machine = _machine_drives() if drives is None else drives
        folders = [root for letter, root in machine.items() if fnmatchcase(letter.lower(), first[:-1].lower())]
    else:
        folders = [home]
        parts.insert(0, first)
    for part in filter(None, parts):
        folders = [below for folder in folders for below in _matching(folder, part)]
    return folders


def _matching(folder: Path, part: str) -> list[Path]:
    """Return the folders in ``folder`` whose names fit, sorted; a wildcard does not reach hidden ones."""
    pattern = part.replace("{id}", "*").replace("[", "[[]").lower()
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if fnmatchcase(entry.name.lower(), pattern)
                and (entry.name[0] != "." or pattern[0] == ".")
                and entry.is_dir()
            ]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]


def _machine_drives() -> dict[str, Path]:
    if os.name != "nt":
        return {}
    roots = {letter: Path(f"{letter}:\\") for letter in ascii_uppercase}
    return {letter: root for letter, root in roots.items() if root.exists()}
