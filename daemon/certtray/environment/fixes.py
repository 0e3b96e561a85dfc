"""What we can change ourselves, each with what it was before, so that it can be undone."""

from __future__ import annotations

import json
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from certtray.core.errors import DamagedFile, FileMissing, WriteFailed
from certtray.environment.finding import Fix
from certtray.system import autostart
from certtray.system.files import read_limited, write_atomic
from certtray.system.paths import Home


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was changed; ``before`` is the mode a folder had."""

    kind: str
    target: str
    before: int

    @property
    def id(self) -> str:
        """What stands for it in a choice."""
        return f"{self.kind}:{self.target}"


def changes(home: Home) -> list[Change]:
    """Return what was changed and not undone, oldest first; DamagedFile."""
    try:
        return [Change(**row) for row in json.loads(read_limited(_record(home)))]
    except FileMissing:
        return []
    except (ValueError, TypeError) as error:
        raise DamagedFile(path=str(_record(home)), reason=type(error).__name__) from None


def apply(home: Home, fix: Fix) -> Change:
    """Change it, and remember first how it was: the record may name too much, never too little. WriteFailed."""
    before = _mode(fix.target) if fix.target else 0
    change = Change(fix.kind, fix.target, before)
    if fix.target == str(home.root):  # where the record goes
        _chmod(fix.target, before | 0o700)
    _write(home, [*(each for each in changes(home) if each.id != change.id), change])
    match fix.kind:
        case "folder_rights":
            _chmod(fix.target, before | 0o700)
        case "home_private":
            _chmod(fix.target, 0o700)
        case _:
            autostart.start_at_login(True)
    return change


def undo(home: Home, change: Change) -> None:
    """Put it back as it was; WriteFailed."""
    if change.kind == "autostart":
        autostart.start_at_login(False)
    elif Path(change.target).is_dir():
        _write(home, [each for each in changes(home) if each.id != change.id])  # while it can be written
        _chmod(change.target, change.before)
        return
    _write(home, [each for each in changes(home) if each.id != change.id])


def _record(home: Home) -> Path:
    return home.root / "environment.json"


def _write(home: Home, rows: list[Change]) -> None:
    write_atomic(_record(home), json.dumps([asdict(each) for each in rows]).encode())


def _mode(folder: str) -> int:
    try:
        return stat.S_IMODE(Path(folder).stat().st_mode)
    except OSError as error:  # gone since it was looked at
        raise WriteFailed(path=folder, reason=error.strerror or str(error)) from None


def _chmod(folder: str, mode: int) -> None:
    try:
        Path(folder).chmod(mode)
    except OSError as error:
        raise WriteFailed(path=folder, reason=error.strerror or str(error)) from None
