"""What must hold of an NSS database whatever happened to whoever wrote into it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from certtray.core.store import DATABASES, Store
from certtray.stores.nss import read_store
from tests.makers import run_tool


def assert_whole(folder: Path) -> dict[bytes, bool]:
    """SQLite and NSS's own tools find it intact, and no certificate of a person lacks its key; return what is held.

    Opened as any browser would: a journal left by a killed writer is rolled back.
    """
    for name in DATABASES:
        with closing(sqlite3.connect(folder / name)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    run_tool("certutil", "-L", "-d", f"sql:{folder}")
    reading = read_store(Store("nss", "any", "", folder))
    assert reading.reason is None
    return {each.der: each.has_key for each in reading.held}


def orphans(folder: Path) -> int:
    """Keys whose certificate is not there, as NSS's own tool lists them."""
    listed = run_tool("certutil", "-K", "-d", f"sql:{folder}").decode()
    return listed.count("(orphan)")


_HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""

_GOES_ON = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
for _ in range(2):
    database.execute("BEGIN IMMEDIATE")
    database.execute(f"UPDATE {sys.argv[2]} SET a3 = a3")
    print("held", flush=True)
    time.sleep(4)
    database.execute("COMMIT")
"""


@contextmanager
def written_for_long(folder: Path) -> Iterator[None]:
    """Another process writes for eight seconds, and lets go but once, for no longer than it takes to begin again."""
    command = [sys.executable, "-c", _GOES_ON, str(folder / "cert9.db"), "nssPublic"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        yield
        assert other.wait(60) == 0


@contextmanager
def held_by_another(database: Path) -> Iterator[None]:
    """Another process prepares to write while the block runs; in ours, SQLite's locks would end with any file we close."""
    command = [sys.executable, "-c", _HOLD, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin and other.stdout and other.stdout.readline() == "held\n"
        yield
        other.stdin.close()
        assert other.wait(60) == 0
