"""The hidden subcommand ``_nss``: one change to one NSS database, so that NSS's crash, hang or memory is this child's alone.

One JSON request on standard input (``nss_write`` says which), one JSON line as the answer: ``{"done": …}`` or ``{"fault": …,
"reason": …}``. What is asked once, a primary password, is tried once.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from certtray.core.errors import FileUnreadable, WriteFailed
from certtray.core.secret import Secret
from certtray.stores import nss_modules
from certtray.stores.nss import key_ids
from certtray.stores.nss_calls import Database, Gone, NoKey, NssError
from certtray.stores.nss_faults import WAIT_SECONDS, Fault, fault_behind, make_sure, of_sqlite, of_system
from certtray.system.files import make_folder

_TRIES: Final = 3
"""NSS refuses now and then while a browser writes (STACK.md A1 "Writers"); a change is idempotent."""
_PAUSE_SECONDS: Final = 0.1


def serve() -> int:
    """Answer the one request on standard input."""
    request = json.load(sys.stdin)
    try:
        answer = {"done": _carry_out(request)}
    except Fault as fault:
        answer = {"fault": fault.fault, "reason": fault.reason}
    print(json.dumps(answer), flush=True)
    return 0


def _carry_out(request: Mapping[str, Any]) -> Any:
    folder = Path(request["folder"])
    verb = request["verb"]
    writes = verb in ("put", "remove", *_WITHOUT_PASSWORD)
    try:
        if verb in ("put", "register"):
            _make(folder)
        with _alone(folder):
            if writes:
                make_sure(folder)
            database = Database(Path(request["library"]) if request["library"] else None, folder, write=writes)
            if verb == "state":
                return database.asks_password
            if verb not in _WITHOUT_PASSWORD:
                _log_in(database, request["password"])
            return _VERBS[verb](database, folder, request)
    except Gone:
        raise Fault("gone") from None
    except NoKey:
        raise Fault("no_key") from None
    except NssError as error:
        raise fault_behind(folder, str(error)) from None
    except sqlite3.Error as error:
        raise of_sqlite(error) from None
    except OSError as error:
        raise of_system(error) from None
    except (FileUnreadable, WriteFailed) as failed:
        raise Fault("refused", str(failed.facts["reason"])) from None


def _make(folder: Path) -> None:
    try:
        make_folder(folder)
    except FileNotFoundError:  # what no folder can be made in
        raise Fault("no_access") from None


def _log_in(database: Database, password: str | None) -> None:
    if not database.asks_password:
        return
    if password is None:
        raise Fault("password_needed")
    if not database.log_in(Secret(password)):
        raise Fault("password_wrong")


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


def _register(database: Database, folder: Path, request: Mapping[str, Any]) -> None:
    """Certificates first: what a browser then finds through the module is complete. They are public, so no password is needed."""
    for der, nickname in request["certificates"]:
        _patiently(lambda: database.put_certificate(b64decode(der), nickname))  # noqa: B023
    entry = nss_modules.Entry(*request["module"])
    if entry not in nss_modules.modules_of(folder):
        nss_modules.add(folder, entry)


def _unregister(database: Database, folder: Path, request: Mapping[str, Any]) -> None:
    nss_modules.remove(folder, request["module"])
    for der in request["certificates"]:
        _patiently(lambda: database.remove(b64decode(der), keep_key=True))  # noqa: B023


def _patiently(change: Callable[[], Any]) -> Any:
    for _ in range(_TRIES - 1):
        try:
            return change()
        except NssError:
            time.sleep(_PAUSE_SECONDS)
    return change()


_WITHOUT_PASSWORD: Final = ("register", "unregister")
_VERBS: Final = {"put": _put, "take": _take, "remove": _remove, "register": _register, "unregister": _unregister}


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
                    raise Fault("busy") from None
                time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(handle)
