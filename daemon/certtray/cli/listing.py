"""``certtray list`` and ``certtray scan``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from certtray.cli.parts import Parts
from certtray.cli.rows import Row, rows_of, unreadable_row
from certtray.cli.table import print_rows
from certtray.core.errors import CertTrayError, FileMissing, UsageError
from certtray.core.secret import Secret


def list_certificates(given: argparse.Namespace, parts: Parts) -> int:
    """List what is known, after looking at what changed on disk."""
    parts.refresh()
    show(rows_of(parts.inventory, parts.profiles.values(), parts.clock(), full=given.full), given.json, parts)
    return 0


def scan(given: argparse.Namespace, parts: Parts) -> int:
    """Read files and folders without changing any state.

    A file named on the command line that cannot be read is an error of the command too: its row, one line, its status.
    Files met below a folder are rows only.
    """
    from certtray.crypto.files import read_certificates
    from certtray.inventory.db import Inventory
    from certtray.inventory.refresh import refresh
    from certtray.stores.folders import walk

    for path in given.paths:
        if not path.exists():
            raise FileMissing(path=str(path))
    passwords = [Secret(line) for line in sys.stdin.read().splitlines()] if given.password_stdin else []
    named = {str(path.absolute()) for path in given.paths if not path.is_dir()}
    with (
        tempfile.TemporaryDirectory(prefix="certtray-scan-") as folder,
        Inventory.open(Path(folder) / "scan.sqlite") as inventory,
    ):
        unreadable: list[Row] = []
        walked = walk(
            [path.absolute() for path in given.paths],
            lambda path, error: unreadable.append(unreadable_row(path, error)),
        )
        refresh(inventory, walked, read_certificates, parts.clock(), passwords)
        rows = rows_of(inventory, parts.profiles.values(), parts.clock(), full=given.full) + unreadable
    show(rows, given.json, parts)
    asked_for = [row for row in rows if row.get("path") in named and not (row["error"] == "locked" and not passwords)]
    if asked_for:
        raise error_of(asked_for[0])
    return 0


def error_of(row: Row) -> CertTrayError:
    """Return the error a row stands for, so that the command ends as reading that file alone would."""
    kinds = {kind.code: kind for kind in CertTrayError.__subclasses__()}
    return kinds.get(row["error"], UsageError)(path=row["path"], **row["facts"])


def show(rows: list[Row], as_json: bool, parts: Parts) -> None:
    """Print rows, one a line: as a JSON array, or as a table."""
    if as_json:
        print(as_array(rows))
    else:
        print_rows(rows, parts.text)


def as_array(rows: list[Row]) -> str:
    """Return rows as a JSON array, one a line."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[\n{lines}\n]" if rows else "[]"
