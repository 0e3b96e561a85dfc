"""``certtray`` alone: how things stand in a sentence, and the one next step."""

from __future__ import annotations

import argparse

from certtray.cli.parts import Parts
from certtray.cli.rows import rows_of
from certtray.cli.stores import matrix_of
from certtray.flows.operations import Operations


def overview(_given: argparse.Namespace, parts: Parts) -> int:
    """Say what matters most: an unfinished operation, the soonest end, a locked file, drift, else that all is well."""
    parts.refresh()
    say, rows = parts.text.say, rows_of(parts.inventory, parts.profiles.values(), parts.clock(), full=False)
    mine = [row for row in rows if row.get("mine") and row["state"] != "superseded"]
    pressing = [row for row in mine if row["state"] in ("revoked", "on_hold", "expired", "expiring")]
    locked = [row for row in rows if row.get("next") == "unlock"]
    if Operations(parts.home.operations).unfinished():
        print(say("overview.unfinished"))
    elif pressing:
        row = pressing[0]
        print(say(f"overview.{row['state']}", name=row["subject_cn"], n=row["days_left"]))
    elif locked:
        print(say("overview.locked", n=len(locked)))
    elif drifting := matrix_of(parts).drifting_stores:
        print(say("notice.drift", n=drifting))
    elif mine:
        print(say("overview.well", n=len(mine), days=mine[0]["days_left"]))
    else:
        print(say("overview.none"))
    print(say("overview.more"))
    return 0
