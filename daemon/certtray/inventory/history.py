"""History: what was done to certificates, one line each, append-only, each line tied to the one before by a hash.

A file of its own, because the inventory is put aside and begun anew when it is damaged, and history cannot be rebuilt. A line
is canonical JSON (sorted keys, no spaces, ASCII): ``at`` (ISO 8601 UTC), ``fingerprints`` (SHA-256 hex), ``hash``, ``n`` (1, 2 …),
``operation`` (a UUID or empty), ``what``. ``hash`` is the SHA-256, in hex, over the former line's ``hash`` (64 zeros before the
first) and the line's own canonical JSON without ``hash``. Lines hold nothing else: no name, no number, no path, no secret.

``history.head`` repeats number and hash of the last line, so that lines missing at the end are noticed too. Who can
write both files can forge both; what this shows is that nothing was lost or altered by accident or by hand.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from certtray.core.errors import FileMissing, FileTooLarge, FileUnreadable, WriteFailed
from certtray.system.files import make_folder, read_limited, sync_folder, write_atomic

LIMIT: Final = 64 * 1024 * 1024
"""Bytes; two hundred thousand lines."""
LOCK_SECONDS: Final = 15.0
_BEFORE_ALL: Final = "0" * 64
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
_OPERATION: Final = re.compile(r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?")


class What(StrEnum):
    """All that is set down; words under ``word.history_<value>``."""

    APPLY = "apply"
    RENEW = "renew"
    FEDI = "fedi"
    REFUSED = "refused"
    LOST = "lost"
    DOWNLOAD = "download"
    PASSWORD = "password"  # noqa: S105  # not a secret
    BACKUP = "backup"
    RESTORE = "restore"
    CONVERT = "convert"
    EXPORT = "export"
    INSTALL = "install"
    IMPORT = "import"
    REMOVE = "remove"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    SITE_PASSWORD = "site_password"  # noqa: S105  # not a secret
    TOKEN_PIN = "token_pin"  # noqa: S105  # not a secret
    TOKEN_UNLOCK = "token_unlock"  # noqa: S105  # not a secret
    TOKEN_DELETE = "token_delete"  # noqa: S105  # not a secret
    TOKEN_REGISTER = "token_register"  # noqa: S105  # not a secret
    TOKEN_UNREGISTER = "token_unregister"  # noqa: S105  # not a secret


@dataclass(frozen=True, slots=True)
class Line:
    """One thing done; ``at`` is aware UTC to the second, ``what`` a What, or that of a later version."""

    number: int
    at: datetime
    what: str
    fingerprints: tuple[str, ...]
    operation: str
    hash: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The lines that can be read, oldest first, and the number of the first that is altered or missing (None: all is whole)."""

    lines: tuple[Line, ...]
    broken_at: int | None


@dataclass(frozen=True, slots=True)
class _Head:
    number: int
    hash: str


_NOTHING: Final = _Head(0, _BEFORE_ALL)


class History:
    """The history of one home; several processes may write it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._head_path = path.with_suffix(".head")

    def record(self, now: datetime, what: What, fingerprints: Sequence[str] = (), operation: str = "") -> None:
        """Append one line, durable when this returns; a second one of the same operation and kind is dropped. WriteFailed.

        ValueError for anything that is no fingerprint or UUID: a name or a number cannot get in by mistake.
        """
        if not all((_OPERATION.fullmatch(operation), *map(_FINGERPRINT.fullmatch, fingerprints))):
            raise ValueError("history takes fingerprints and UUIDs only")
        from filelock import FileLock, Timeout

        try:
            make_folder(self.path.parent)
            with FileLock(self.path.with_suffix(".lock"), timeout=LOCK_SECONDS, mode=0o600):
                self._append(now, what, sorted(fingerprints), operation)
        except (OSError, Timeout) as error:
            raise WriteFailed(path=str(self.path), reason=getattr(error, "strerror", None) or "locked") from None
        except (FileUnreadable, FileTooLarge) as error:
            raise WriteFailed(path=str(self.path), reason=str(error)) from None

    def check(self) -> Checked:
        """Read every line and follow the chain; FileUnreadable, FileTooLarge."""
        head, lines, broken = self._head(), [], None
        expected, former = 1, _BEFORE_ALL
        for text in self._texts():
            line = _read(text)
            if line is None or line.number != expected or line.hash != _hash(former, text):
                broken = broken or expected
            if line is not None:
                lines.append(line)
                former = line.hash
            expected = (line.number if line else expected) + 1
        if broken is None and head is None and len(lines) > 1:
            broken = 1  # there is one from the second line on
        if broken is None and head is not None and head.number:
            counted = lines[head.number - 1].hash if head.number <= len(lines) else ""
            broken = None if counted == head.hash else min(head.number, len(lines) + 1)
        return Checked(tuple(lines), broken)

    def exported(self) -> bytes:
        """Return the lines as they stand in the file, without one that a crash cut off."""
        return b"".join(text + b"\n" for text in self._texts())

    def _append(self, now: datetime, what: str, fingerprints: Sequence[str], operation: str) -> None:
        texts = list(self._texts())
        read = [line for line in map(_read, texts) if line is not None]
        if operation and any((line.what, line.operation) == (what, operation) for line in read):
            return
        head, last = self._head() or _NOTHING, read[-1] if read else None
        # After a crash the head is one behind. Where what it names is gone, the new line still follows it: the gap stays visible.
        whole = not head.number or any((line.number, line.hash) == (head.number, head.hash) for line in read)
        former = _Head(last.number, last.hash) if last and whole else head
        row = {
            "at": now.isoformat(timespec="seconds"),
            "fingerprints": list(fingerprints),
            "n": former.number + 1,
            "operation": operation,
            "what": what,
        }
        digest = _digest(former.hash, row)
        self._write(_canonical({**row, "hash": digest}))
        write_atomic(self._head_path, json.dumps({"n": former.number + 1, "hash": digest}).encode())

    def _write(self, text: str) -> None:
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(0)
            cut = file.read().rfind(b"\n") + 1
            if cut < end:  # a crash left half a line, of which nobody was told that it was written
                file.truncate(cut)
            file.write(text.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self.path.parent)

    def _texts(self) -> Iterator[bytes]:
        try:
            *whole, _unfinished = read_limited(self.path, LIMIT).split(b"\n")
        except FileMissing:
            return
        yield from whole

    def _head(self) -> _Head | None:
        try:
            values = json.loads(read_limited(self._head_path))
            return _Head(int(values["n"]), str(values["hash"]))
        except FileMissing:
            return None
        except (ValueError, KeyError, TypeError):
            return _Head(1, "")  # altered: fits no line


def _read(text: bytes) -> Line | None:
    try:
        row = json.loads(text)
        return Line(
            number=int(row["n"]),
            at=datetime.fromisoformat(row["at"]),
            what=str(row["what"]),
            fingerprints=tuple(map(str, row["fingerprints"])),
            operation=str(row["operation"]),
            hash=str(row["hash"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _hash(former: str, text: bytes) -> str:
    row = json.loads(text)
    del row["hash"]
    return _digest(former, row)


def _digest(former: str, row: dict[str, object]) -> str:
    return sha256((former + _canonical(row)).encode()).hexdigest()


def _canonical(row: dict[str, object]) -> str:
    return json.dumps(row, sort_keys=True, separators=(",", ":"))
