"""What the stores of the system and the browsers hold, as the last scan read them."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from certtray.core.store import Reading, Store, Unread
from certtray.inventory.codec import certificate_row, path_from, stored_path
from certtray.inventory.model import KnownStore
from certtray.inventory.schema import query, transaction

log = logging.getLogger(__name__)


class Stores:
    """The part of the inventory about stores; raises as Inventory does."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self) -> list[KnownStore]:
        """Return every store there is, in the order the scan met them."""
        rows = query(self._connection, "SELECT kind, name, profile, path, reason FROM stores ORDER BY rowid")
        return [
            KnownStore(Store(kind, name, profile, Path(path_from(path))), Unread(reason) if reason else None)
            for kind, name, profile, path, reason in rows
        ]

    def merge(self, readings: Sequence[tuple[Store, Reading]]) -> bool:
        """Take in what a scan read and forget every other store, in one transaction; say whether anything changed.

        A store that is only locked keeps what it held: it is read next time. Certificates never seen before are parsed; one
        that is no certificate is left out.
        """
        from certtray.crypto.ber import (
            Malformed,  # both only here: the tray opens the inventory too, and parses nothing
        )
        from certtray.crypto.der import facts

        held_before, stores_before = self._held(), self._described()
        held: dict[tuple[str | bytes, str], bool] = {}
        stores = []
        new: dict[str, tuple[Any, ...]] = {}
        for store, reading in readings:
            path = stored_path(str(store.folder))
            stores.append((path, store.kind, store.name, store.profile, store.label, reading.reason))
            if reading.reason is Unread.LOCKED:
                held |= {key: has_key for key, has_key in held_before.items() if key[0] == path}
            for each in reading.held:
                fingerprint = sha256(each.der).hexdigest()
                if fingerprint not in new and not self._remembers(fingerprint):
                    try:
                        certificate = facts(each.der)
                    except Malformed as error:
                        log.warning("a certificate in %s cannot be read: %s", store.folder, error)
                        continue
                    fingerprint = certificate.fingerprint
                    new[fingerprint] = (*certificate_row(certificate), each.der)
                held[path, fingerprint] = each.has_key
        if (held, stores) == (held_before, stores_before):
            return False
        with transaction(self._connection):
            execute, executemany = self._connection.execute, self._connection.executemany
            execute("DELETE FROM stores")
            execute("DELETE FROM store_holdings")
            executemany("INSERT INTO stores VALUES (?, ?, ?, ?, ?, ?)", stores)
            executemany("INSERT OR IGNORE INTO certificates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", new.values())
            executemany(
                "INSERT INTO store_holdings VALUES (?, ?, ?)", [(*key, int(has_key)) for key, has_key in held.items()]
            )
        return True

    def _held(self) -> dict[tuple[str | bytes, str], bool]:
        rows = query(self._connection, "SELECT path, fingerprint, has_key FROM store_holdings")
        return {(path, fingerprint): bool(has_key) for path, fingerprint, has_key in rows}

    def _described(self) -> list[tuple[Any, ...]]:
        return query(self._connection, "SELECT path, kind, name, profile, label, reason FROM stores ORDER BY rowid")

    def _remembers(self, fingerprint: str) -> bool:
        return bool(query(self._connection, "SELECT 1 FROM certificates WHERE fingerprint = ?", (fingerprint,)))
