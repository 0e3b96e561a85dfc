"""What the person noted about a file's password, never the password: a hint, and since when it is as it is.

Kept by the hash of the file's bytes: every copy has it, and a file under another password does not.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from certtray.inventory.codec import moment, path_from, seconds
from certtray.inventory.schema import query, transaction

_PUT = """INSERT INTO passwords VALUES (?, ?, ?)
          ON CONFLICT DO UPDATE SET hint = excluded.hint, set_at = max(set_at, excluded.set_at)"""


class Passwords:
    """The part of the inventory that the procedures on files write."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def hint(self, sha256: str) -> str:
        """Return the hint for the file with this hash, empty where there is none."""
        rows = query(self._connection, "SELECT hint FROM passwords WHERE sha256 = ?", (sha256,))
        return str(rows[0][0]) if rows else ""

    def set_hint(self, sha256: str, hint: str) -> None:
        """Keep a hint; an empty one removes it."""
        with transaction(self._connection):
            self._connection.execute(_PUT, (sha256, hint, 0))

    def changed(self, sha256: str, now: datetime) -> None:
        """Record that the file with this hash has a password chosen now; a hint for the former one ends with it."""
        with transaction(self._connection):
            self._connection.execute(_PUT, (sha256, "", seconds(now)))

    def same(self, old: str, new: str) -> None:
        """Record that the file ``new`` has the password of the file ``old``."""
        with transaction(self._connection):
            self._connection.execute(
                "INSERT OR REPLACE INTO passwords SELECT ?, hint, set_at FROM passwords WHERE sha256 = ?", (new, old)
            )

    def since(self) -> dict[str, datetime]:
        """Return since when files have the password we set, by path."""
        rows = query(self._connection, "SELECT path, set_at FROM files JOIN passwords USING (sha256) WHERE set_at > 0")
        return {path_from(path): moment(at) for path, at in rows}
