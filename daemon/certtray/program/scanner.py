"""Reading everything that may hold certificates: in a short-lived child of the resident process, or in a command."""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from certtray.core.errors import CertTrayError, NoSecretStore, PasswordNeeded
from certtray.core.identity import is_mine
from certtray.core.secret import Secret
from certtray.crypto.content import FileContent
from certtray.flows.face import Unattended
from certtray.flows.operations import Operations, Step
from certtray.inventory.reading import Reader
from certtray.inventory.refresh import Refreshed, refresh
from certtray.stores.adapters import read
from certtray.stores.every import stores_here
from certtray.stores.folders import expand, files_in, walk
from certtray.token.readers import cards_present

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certtray.program.parts import Parts

ASK_AGAIN = timedelta(hours=6)
"""How long after an attempt that brought nothing the issuer is asked again."""

log = logging.getLogger(__name__)


def refresh_all(parts: Parts) -> Refreshed:
    """Read what changed: cards, all stores, the user's folders, places of the issuers' programs, the home, what we installed."""
    read_cards(parts)
    folders = parts.settings.search_folders()
    folders += files_in(Path.home())  # where system 1 saves (1-07); the folders below it are the user's choice
    with suppress(CertTrayError):
        folders += [
            Path(each.target) for each in Operations(parts.home.operations).all() if each.step is Step.INSTALLED
        ]
    for profile in parts.profiles.values():
        for template in profile.file.scan if profile.file else ():
            folders += expand(template, Path.home())
    folders.append(parts.home.store)
    parts.inventory.stores.merge([(store, read(store)) for store in stores_here(Path.home(), os.environ)])
    present = [folder for folder in folders if folder.exists()]
    return refresh(parts.inventory, walk(present, _unreadable), _reader(parts.home.store), parts.clock())


def read_cards(parts: Parts) -> None:
    """Take in what the cards hold that are in a reader now; without one, no vendor's module is even started."""
    if not cards_present():
        return
    from certtray.flows.tokens import look  # only here: most people have no card

    try:
        seen = look(parts.home)
    except CertTrayError as error:
        log.warning("cards were not read: %s", error)
        return
    for failed in seen.failed:
        log.warning("%s", failed)
    parts.inventory.tokens.merge(seen.tokens, parts.clock())


def install_due(parts: Parts) -> None:
    """Put in place each new file that waited for its first day; needs nobody, so it never asks (DESIGN.md 4.3).

    What cannot be done now stays as it is until the next scan or ``certtray resume``.
    """
    try:
        unfinished = Operations(parts.home.operations).unfinished()
    except CertTrayError as error:
        log.warning("operations cannot be read: %s", error)
        return
    for operation in unfinished:
        if operation.token:  # it wants a card and its PIN
            continue
        if operation.step is Step.PROVEN and datetime.fromisoformat(operation.not_before) <= parts.clock():
            from certtray.flows.resume import resume  # only here: listing must start fast

            try:
                resume(parts.stage(Unattended()).context(operation.profile), operation)
            except CertTrayError as error:
                log.warning("%s is not installed: %s", operation.id, error)


def ask_issuers_due(parts: Parts) -> None:
    """Ask what the issuers publish about each own certificate that was not asked about lately."""
    now = parts.clock()
    asked = parts.inventory.asked_since(now - ASK_AGAIN, now)
    due = [
        entry
        for entry in parts.inventory.entries()
        if is_mine(entry.certificate, entry.has_key) and entry.certificate.fingerprint not in asked
    ]
    if due:
        from certtray.flows.status import look_up

        look_up(parts.stage(Unattended()), due, fresh=False)


def scan_once(parts: Parts) -> int:
    """The hidden subcommand ``_scan``: install what is due, refresh, ask the issuers, then one JSON line about it."""
    install_due(parts)
    done = refresh_all(parts)
    _ask_issuers(parts)
    _say(met=done.met, read=done.read, vanished=len(done.changes.vanished))
    return 0


def cards_once(parts: Parts) -> int:
    """The hidden subcommand ``_cards``: read the cards, then ask their issuers; a JSON line after each, for neither may wait."""
    read_cards(parts)
    _say(cards="read")
    _ask_issuers(parts)
    _say(cards="asked")
    return 0


def _ask_issuers(parts: Parts) -> None:
    try:
        ask_issuers_due(parts)
    except CertTrayError as error:
        log.warning("issuers were not asked: %s", error)


def _say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def _unreadable(path: str, error: OSError) -> None:
    log.warning("cannot be read: %s: %s", path, error.strerror)


def _reader(store: Path) -> Reader:
    """Return what reads a file, and knows our own store by its folder."""

    def read(data: bytes, path: str, passwords: Sequence[Secret]) -> FileContent:
        content = _read(data, path, passwords)
        return replace(content, kind="system_store") if Path(path).is_relative_to(store) else content

    return read


def _read(data: bytes, path: str, passwords: Sequence[Secret]) -> FileContent:
    """Read a file; a locked one with the password the user had us keep for it, once."""
    from certtray.crypto.files import read_certificates

    try:
        return read_certificates(data, path, passwords)
    except PasswordNeeded:
        from certtray.system.secrets import kept_password

        with suppress(NoSecretStore):
            if kept := kept_password(path):
                with suppress(CertTrayError):
                    return read_certificates(data, path, [kept])
        raise
