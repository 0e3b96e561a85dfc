"""``certtray check``: one exit status for scripts and monitors."""

from __future__ import annotations

import argparse
import json

from certtray.cli.listing import show
from certtray.cli.parts import Parts
from certtray.cli.rows import Row, rows_of
from certtray.cli.stores import drift_rows, matrix_of, print_drift

FINE, SOON, CRITICAL, UNKNOWN = 0, 1, 2, 3
SOON_DAYS, CRITICAL_DAYS = 30, 7


def check(given: argparse.Namespace, parts: Parts) -> int:
    """Return 2, 1, 0, or 3 when it cannot be said.

    2: one's own certificate has expired, is revoked or suspended, or ends within 7 days; 1: ends within 30, or a
    browser's store has drifted. It cannot be said when nothing is known at all, or when a file is locked or unreadable;
    what is known to be urgent comes first.
    """
    parts.refresh()
    rows = rows_of(parts.inventory, parts.profiles.values(), parts.clock(), full=given.full)
    drift = drift_rows(matrix_of(parts), full=given.full)
    status = status_of(rows)
    word = ("fine", "soon", "critical", "unknown")[status]
    if drift and status in (FINE, UNKNOWN):
        status, word = SOON, "drift"
    if given.json:
        print(json.dumps({"status": word, "exit": status, "rows": rows, "drift": drift}, ensure_ascii=False))
    else:
        print(parts.text.say(f"check.{word}"))
        show([row for row in rows if "error" in row or row["state"] not in ("valid", "superseded")], False, parts)
        print_drift(drift, parts.text)
    return status


def status_of(rows: list[Row]) -> int:
    """Return the exit status for these rows alone; superseded certificates and those of others do not count."""
    current = [row for row in rows if row.get("mine") and row["state"] != "superseded"]
    fewest = min((row["days_left"] for row in current), default=None)
    if any(row["state"] in ("expired", "revoked", "on_hold") for row in current) or (
        fewest is not None and fewest <= CRITICAL_DAYS
    ):
        return CRITICAL
    if fewest is not None and fewest <= SOON_DAYS:
        return SOON
    if fewest is None or any(row.get("next") == "unlock" or row["state"] == "unreadable" for row in rows):
        return UNKNOWN
    return FINE
