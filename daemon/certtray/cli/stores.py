"""``certtray stores``: the browsers' stores, and how each stands towards every certificate of one's own."""

from __future__ import annotations

import argparse

from certtray.cli.listing import as_array
from certtray.cli.parts import Parts
from certtray.cli.rows import Row
from certtray.cli.table import print_columns
from certtray.core.masks import mask_numbers
from certtray.inventory.matrix import Line, Matrix, Square, matrix
from certtray.text import Text


def stores(given: argparse.Namespace, parts: Parts) -> int:
    """Show them, after looking at what changed."""
    parts.refresh()
    rows = store_rows(matrix_of(parts), full=given.full)
    if given.json:
        print(as_array(rows))
    else:
        _print(rows, parts.text)
    return 0


def matrix_of(parts: Parts) -> Matrix:
    """Return how every store stands now, as far as it was read."""
    inventory = parts.inventory
    return matrix(inventory.stores.all(), inventory.entries(), tuple(parts.profiles.values()), parts.clock())


def store_rows(shown: Matrix, *, full: bool) -> list[Row]:
    """Return a row for each store with a cell for each identity; names are masked unless ``full``."""
    return [
        {
            "number": column + 1,
            "kind": known.store.kind,
            "name": known.store.name,
            "profile": known.store.profile,
            "path": str(known.store.folder),
            "readable": known.reason is None,
            "reason": known.reason,
            "cells": [cell_row(line, line.squares[column], full=full) for line in shown.lines],
        }
        for column, known in enumerate(shown.stores)
    ]


def drift_rows(shown: Matrix, *, full: bool) -> list[Row]:
    """Return a row for each cell that is worth a word, with its store."""
    return [
        {
            "name": known.store.name,
            "profile": known.store.profile,
            "path": str(known.store.folder),
            **cell_row(line, square, full=full),
        }
        for line, known, square in shown.drifts()
    ]


def cell_row(line: Line, square: Square, *, full: bool) -> Row:
    """Return one cell of the matrix."""
    target = line.target
    return {
        "subject_cn": target.subject_cn if full else mask_numbers(target.subject_cn),
        "issuer_cn": target.issuer_cn,
        "usage": target.usage,
        "fingerprint_sha256": target.fingerprint,
        "cell": square.cell,
        "drifts": square.drifts,
    }


def print_drift(rows: list[Row], text: Text) -> None:
    """Print what ``drift_rows`` returned, a line each."""
    if rows:
        print_columns([[f"  ! {_label(row)}", *_cells(row, text)[1:]] for row in rows])


def _label(row: Row) -> str:
    return f"{row['name']} · {row['profile']}" if row["profile"] else str(row["name"])


def _print(rows: list[Row], text: Text) -> None:
    if not rows:
        print(text.say("stores.none"))
    for row in rows:
        print(f"{row['number']}. {_label(row)}  {mask_numbers(row['path'])}")
        if not row["readable"]:
            print(f"  ✗ {text.say('unread.' + row['reason'])}")
        elif row["cells"]:
            print_columns([_cells(each, text) for each in row["cells"]])


def _cells(shown: Row, text: Text) -> list[str]:
    mark = "!" if shown["drifts"] else "✓" if shown["cell"] == "newest" else "-"
    return [
        f"  {mark}",
        shown["subject_cn"],
        shown["issuer_cn"],
        text.say(f"usage.{shown['usage']}"),
        text.say(f"drift.{shown['cell']}"),
    ]
