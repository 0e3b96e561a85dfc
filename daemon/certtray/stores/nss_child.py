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
from functools import partial
from pathlib import Path
from typing import Any, Final

from certtray.core.errors import FileUnreadable, WriteFailed
from certtray.core.secret import Secret
from certtray.stores import nss_modules
from certtray.stores.nss import key_ids
from certtray.stores.nss_calls import Database, Gone, NoKey, NssError
from certtray.stores.nss_faults import Fault, Patience, fault_behind, make_sure, of_sqlite, of_system
from certtray.system.files import make_folder

_TRIES: Final = 5
"""NSS refuses now and then while a browser writes, or misses what is there (STACK.md A1 "Writers"); a change is idempotent."""
_PAUSE_SECONDS: Final = 0.1

_Again = Callable[[Callable[[], Any]], Any]
"""Carries out one call of NSS, patiently."""


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
        patience = Patience(folder)
        with _alone(folder, patience):
            if writes:
                make_sure(folder, patience)
            again = partial(_patiently, folder, patience)
            library = Path(request["library"]) if request["library"] else None
            database = again(lambda: Database(library, folder, write=writes))
            if verb == "state":
                return database.asks_password
            if verb not in _WITHOUT_PASSWORD:
                _log_in(database, request["password"])
            return _VERBS[verb](database, request, again)
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


def _put(database: Database, request: Mapping[str, Any], again: _Again) -> None:
    """Authorities, then the key, then its certificate: a browser offers it when all it needs is there."""
    for der, nickname in request["authorities"]:
        again(lambda: database.put_certificate(b64decode(der), nickname))  # noqa: B023
    folder = Path(request["folder"])
    before = again(lambda: key_ids(folder))
    take_back = again(lambda: database.put_key(b64decode(request["key"])))
    try:
        again(lambda: database.put_certificate(b64decode(request["certificate"]), request["nickname"]))
    except Fault:
        anew = partial(_patiently, folder, Patience(folder))
        if anew(lambda: key_ids(folder)) != before:
            anew(take_back)
        raise


def _take(database: Database, request: Mapping[str, Any], again: _Again) -> str:
    return b64encode(again(lambda: database.take_key(b64decode(request["certificate"])))).decode()


def _remove(database: Database, request: Mapping[str, Any], again: _Again) -> None:
    folder, der = Path(request["folder"]), b64decode(request["certificate"])
    before = again(lambda: key_ids(folder)) if request["takes_key"] else None

    def remove() -> None:
        """Once more, the key may be gone already."""
        database.remove(der, takes_key=before is not None and key_ids(folder) == before)

    again(remove)


def _register(database: Database, request: Mapping[str, Any], again: _Again) -> None:
    """Certificates first: what a browser then finds through the module is complete. They are public, so no password is needed."""
    folder = Path(request["folder"])
    for der, nickname in request["certificates"]:
        again(lambda: database.put_certificate(b64decode(der), nickname))  # noqa: B023
    entry = nss_modules.Entry(*request["module"])
    if entry not in nss_modules.modules_of(folder):
        nss_modules.add(folder, entry)


def _unregister(database: Database, request: Mapping[str, Any], again: _Again) -> None:
    nss_modules.remove(Path(request["folder"]), request["module"])
    for der in request["certificates"]:
        again(lambda: database.remove(b64decode(der), takes_key=False))  # noqa: B023


def _patiently(folder: Path, patience: Patience, change: Callable[[], Any]) -> Any:
    """Return what ``change`` does, tried again while others write; a Fault says what was in its way, Gone, NoKey."""
    tries = 0
    while True:
        try:
            return change()
        except (NssError, Gone, NoKey, sqlite3.Error) as error:
            tries += 1
            behind = of_sqlite(error) if isinstance(error, sqlite3.Error) else fault_behind(folder, str(error))
            refused = behind.fault == "refused"
            time.sleep(_PAUSE_SECONDS)
            if patience.lasts() and (behind.fault == "busy" or (refused and (tries < _TRIES or patience.stirs))):
                continue
            if isinstance(error, Gone | NoKey):
                raise
            raise Fault("busy") if refused and patience.stirs else behind from None


_WITHOUT_PASSWORD: Final = ("register", "unregister")
_VERBS: Final = {"put": _put, "take": _take, "remove": _remove, "register": _register, "unregister": _unregister}


@contextmanager
def _alone(folder: Path, patience: Patience) -> Iterator[None]:
    """Be the only CertTray at this database, by a lock that leaves no file and ends with the process."""
    if sys.platform == "win32":  # no folder can be locked there; SQLite's own locks remain
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not patience.lasts():
                    raise Fault("busy") from None
        yield
    finally:
        os.close(handle)
