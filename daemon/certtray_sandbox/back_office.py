"""What people behind the RA do by hand: here, holding issuance for a while (6025)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from certtray_sandbox.home import FIRST, store_of


def hold(folder: Path, profile: str = FIRST) -> None:
    """From now on accepted enrollments stay pending; works while the server runs in another process."""
    with store_of(folder, profile).transaction() as db:
        db.execute("INSERT OR IGNORE INTO switches VALUES ('hold')")


def release(folder: Path, profile: str = FIRST) -> None:
    """Let pending enrollments be issued when they are next asked for."""
    with store_of(folder, profile).transaction() as db:
        db.execute("DELETE FROM switches WHERE name = 'hold'")


def is_held(db: sqlite3.Connection) -> bool:
    """Say whether issuance is held."""
    return db.execute("SELECT 1 FROM switches WHERE name = 'hold'").fetchone() is not None
