"""The hidden subcommand ``_nss``: one change to one NSS database, so that NSS's crash, hang or memory is this child's alone.

One JSON request on standard input (``nss_write`` says which), one JSON line as the answer: ``{"done": …}`` or ``{"fault": …,
"reason": …}``. What is asked once, a primary password, is tried once.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from certtray.core.secret import Secret
from certtray.core.store import DATABASES
from certtray.stores.nss import key_ids
from certtray.stores.nss_calls import Database, Gone, NoKey, NssError
from certtray.system.files import make_folder

WAIT_SECONDS: Final = 5.0
"""How long another writer is waited for; a browser's transaction takes milliseconds."""
_TRIES: Final = 3
"""NSS refuses now and then while a browser writes (STACK.md A1 "Writers"); a change is idempotent."""
_PAUSE_SECONDS: Final = 0.1
_ROOM: Final = 256 * 1024
"""Bytes; more than a certificate, a key and their rollback journals need."""


class _Fault(Exception):
    """What the answer says: a fault's name, and a reason for the log."""

    def __init__(self, fault: str, reason: str = "") -> None:
        super().__init__(fault)
        self.fault, self.reason = fault, reason


def serve() -> int:
    """Answer the one request on standard input."""
    request = json.load(sys.stdin)
    try:
        answer = {"done": _carry_out(request)}
    except _Fault as fault:
        answer = {"fault": fault.fault, "reason": fault.reason}
    print(json.dumps(answer), flush=True)
    return 0


def _carry_out(request: Mapping[str, Any]) -> Any:
    folder = Path(request["folder"])
    verb = request["verb"]
    writes = verb in ("put", "remove")
    try:
        if verb == "put":
            make_folder(folder)
        with _alone(folder):
            if writes:
                _make_sure(folder)
            database = Database(Path(request["library"]) if request["library"] else None, folder, write=writes)
            if verb == "state":
                return database.asks_password
            _log_in(database, request["password"])
            return _VERBS[verb](database, folder, request)
    except Gone:
        raise _Fault("gone") from None
    except NoKey:
        raise _Fault("no_key") from None
    except NssError as error:
        raise _fault_behind(folder, str(error)) from None
    except sqlite3.Error as error:
        raise _of_sqlite(error) from None
    except OSError as error:
        raise _of_system(error) from None


def _log_in(database: Database, password: str | None) -> None:
    if not database.asks_password:
        return
    if password is None:
        raise _Fault("password_needed")
    if not database.log_in(Secret(password)):
        raise _Fault("password_wrong")


def _put(database: Database, folder: Path, request: Mapping[str, Any]) -> None:
    """Authorities, then the key, then its certificate: a browser offers it when all it needs is there."""
    for der, nickname in request["authorities"]:
        _patiently(lambda: database.put_certificate(b64decode(der), nickname))  # noqa: B023
    before = key_ids(folder)
    take_back = _patiently(lambda: database.put_key(b64decode(request["key"])))
    try:
        _patiently(lambda: database.put_certificate(b64decode(request["certificate"]), request["nickname"]))
    except NssError:
        if key_ids(folder) != before:
            take_back()
        raise


def _take(database: Database, _folder: Path, request: Mapping[str, Any]) -> str:
    return b64encode(database.take_key(b64decode(request["certificate"]))).decode()


def _remove(database: Database, _folder: Path, request: Mapping[str, Any]) -> None:
    der = b64decode(request["certificate"])
    _patiently(lambda: database.remove(der, keep_key=request["keep_key"]))


def _patiently(change: Callable[[], Any]) -> Any:
    for _ in range(_TRIES - 1):
        try:
            return change()
        except NssError:
            time.sleep(_PAUSE_SECONDS)
    return change()


_VERBS: Final = {"put": _put, "take": _take, "remove": _remove}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only CertTray at this database, by a lock that leaves no file and ends with the process."""
    if sys.platform == "win32":  # no folder can be locked there; SQLite's own locks remain
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise _Fault("busy") from None
                time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(handle)


def _make_sure(folder: Path) -> None:
    """See that each database could be written now: NSS itself would wait long, and say little."""
    if not os.access(folder, os.W_OK):
        raise _Fault("no_access")
    for name in DATABASES:
        if not (folder / name).exists():
            continue
        uri = f"{(folder / name).absolute().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                database.execute("SELECT count(*) FROM sqlite_master").fetchone()
                database.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _of_sqlite(error) from None


def _of_sqlite(error: sqlite3.Error) -> _Fault:
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return _Fault("busy")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY:
            return _Fault("no_access")
        case sqlite3.SQLITE_FULL:
            return _Fault("full")
        case _:
            return _Fault("damaged", str(error))


def _of_system(error: OSError) -> _Fault:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return _Fault("full")
        case errno.EACCES | errno.EPERM | errno.EROFS | errno.ENOTDIR:
            return _Fault("no_access")
        case None:  # the dynamic linker has no number
            return _Fault("no_library", str(error)[:200])
        case errno.ENOENT:
            return _Fault("no_database")
        case _:
            return _Fault("refused", error.strerror or "")


def _fault_behind(folder: Path, name: str) -> _Fault:
    """NSS has one name for all that SQLite may have met: look whether the disk is full or the database is held or spoilt."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_ROOM))
        _make_sure(folder)
    except OSError as error:
        return _of_system(error)
    except _Fault as fault:
        return fault
    return _Fault("refused", name)
