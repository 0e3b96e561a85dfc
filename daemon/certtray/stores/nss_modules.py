"""The PKCS#11 modules an NSS database's browser loads: ``pkcs11.txt`` beside it, read and changed without loading any.

Its blocks of ``key=value`` lines end with an empty one; that is all NSS itself writes for a vendor's module (seen from ``modutil``
3.87 and NSSUTIL_DoModuleDBFunction of 3.125). A browser reads the file when it starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from certtray.system.files import read_limited, write_atomic

FILE: Final = "pkcs11.txt"
OURS: Final = " (CertTray)"
"""How the names of entries end that we made, and only those are taken away again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One module as a profile names it."""

    name: str
    library: str

    @property
    def ours(self) -> bool:
        """Whether we made the entry."""
        return self.name.endswith(OURS)


def modules_of(folder: Path) -> tuple[Entry, ...]:
    """Return the vendors' modules of a database; none where the file is missing. FileUnreadable, FileTooLarge."""
    entries = (_entry(block) for block in _blocks(_text(folder)))
    return tuple(entry for entry in entries if entry.library)


def add(folder: Path, entry: Entry) -> None:
    """Add a module, in place of an entry of the same name; FileUnreadable, WriteFailed."""
    kept = "".join(block for block in _blocks(_text(folder)) if _entry(block).name != entry.name)
    if kept and not kept.endswith("\n\n"):
        kept = kept.rstrip("\n") + "\n\n"
    _write(folder, f"{kept}library={entry.library}\nname={entry.name}\n\n")


def remove(folder: Path, name: str) -> None:
    """Take the entry of this name away; FileUnreadable, WriteFailed."""
    text = _text(folder)
    kept = "".join(block for block in _blocks(text) if _entry(block).name != name)
    if kept != text:
        _write(folder, kept)


def _text(folder: Path) -> str:
    path = folder / FILE
    return read_limited(path).decode("utf-8", "surrogateescape") if path.exists() else ""


def _write(folder: Path, text: str) -> None:
    # The file itself where the profile has a link to it.
    write_atomic((folder / FILE).resolve(), text.encode("utf-8", "surrogateescape"))


def _blocks(text: str) -> Iterator[str]:
    """Yield each block with the empty lines behind it, so that together they are the whole file."""
    block = ""
    for line in text.splitlines(keepends=True):
        if block.endswith("\n\n") and line.strip():
            yield block
            block = ""
        block += line if line.strip() else "\n"
    if block:
        yield block


def _entry(block: str) -> Entry:
    values = dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
    return Entry(values.get("name", ""), values.get("library", ""))
