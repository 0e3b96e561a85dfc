"""Rows as a table for a person: aligned also where Chinese characters take two columns."""

from __future__ import annotations

import unicodedata

from certtray.cli.rows import Row
from certtray.core.masks import mask_numbers
from certtray.text import Text


def print_rows(rows: list[Row], text: Text) -> None:
    """Print one's own certificates as a table, then what could not be read; authorities' certificates are left out."""
    mine = [row for row in rows if row.get("mine")]
    if not mine:
        print(text.say("list.none"))
    else:
        head = [text.say(f"list.{column}") for column in ("holder", "issuer", "ends", "left", "state", "place")]
        print_columns([head, *(_cells(row, text) for row in mine)])
    for row in rows:
        if "error" in row:
            print(
                f"{text.say('list.unread')} {mask_numbers(row['path'])}{text.say('terminal.colon')}"
                f"{text.say('state.' + row['state'])} → {text.say('action.' + row['next'])}"
            )


def _cells(row: Row, text: Text) -> list[str]:
    places = [mask_numbers(place["path"]) for place in row["locations"]]
    more = f" (+{len(places) - 1})" if len(places) > 1 else ""
    return [
        row["subject_cn"],
        row["issuer_profile"] or row["issuer_cn"],
        row["not_after"][:10],
        text.say("list.days", n=row["days_left"]),
        text.say(f"state.{row['state']}"),
        places[0] + more,
    ]


def print_columns(lines: list[list[str]]) -> None:
    """Print cells in columns; the last column is as wide as it is."""
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell + " " * (wide - width(cell)) for cell, wide in zip(line, widths, strict=True)]
        print("  ".join(cells).rstrip())


def width(cell: str) -> int:
    """Return how many terminal columns ``cell`` takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in cell)
