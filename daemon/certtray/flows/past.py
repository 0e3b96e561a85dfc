"""Show what was done, and whether all of it is still there."""

from __future__ import annotations

from certtray.core.dates import taiwan_time
from certtray.flows.done import Done, Table, Word
from certtray.flows.stage import Stage
from certtray.inventory.history import Checked, History, Line, What
from certtray.system.paths import Home

SHOWN = 200
"""Lines a person is shown; a script gets all."""


def play(stage: Stage, _nothing: str) -> Done:
    """List history, the latest first; a line altered or missing is said."""
    return of(stage.home)


def of(home: Home) -> Done:
    """Return what ``play`` does; asks nothing."""
    checked = History(home.history).check()
    data: dict[str, object] = {"intact": checked.broken_at is None, "broken_at": checked.broken_at}
    data["lines"] = [
        {
            "n": line.number,
            "at": line.at.isoformat(),
            "what": line.what,
            "fingerprints": list(line.fingerprints),
            "operation": line.operation,
        }
        for line in checked.lines
    ]
    if checked.broken_at is not None:
        return Done("history_broken", {"at": checked.broken_at}, _table(checked), data)
    if not checked.lines:
        return Done("history_empty", data=data)
    return Done("history", {"n": len(checked.lines)}, _table(checked), data)


def _table(checked: Checked) -> Table:
    """Return the latest lines as rows to show."""
    rows = [_row(line) for line in reversed(checked.lines[-SHOWN:])]
    return Table(("number", "time", "what", "fingerprint"), rows)


def _row(line: Line) -> list[str | int | Word]:
    what = Word(f"history_{line.what}") if line.what in set(What) else line.what
    return [line.number, taiwan_time(line.at), what, " ".join(each[:8].upper() for each in line.fingerprints)]
