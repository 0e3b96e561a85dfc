"""What cards and tokens hold, each as it was when it was last in a reader."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from certtray.inventory.codec import certificate_row, seconds
from certtray.inventory.schema import transaction
from certtray.token.model import Token


class Tokens:
    """The part of the inventory about tokens; raises as Inventory does."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def merge(self, tokens: Iterable[Token], now: datetime) -> None:
        """Take in the tokens that are there; one that is away keeps what it held."""
        with transaction(self._connection):
            execute = self._connection.execute
            for token in tokens:
                execute("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?)", (token.serial, token.name, seconds(now)))
                execute("DELETE FROM token_holdings WHERE serial = ?", (token.serial,))
                for held in token.held:
                    row = certificate_row(held.certificate)
                    execute(
                        "INSERT OR IGNORE INTO certificates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, held.der)
                    )
                    execute(
                        "INSERT OR IGNORE INTO token_holdings VALUES (?, ?)",
                        (token.serial, held.certificate.fingerprint),
                    )
