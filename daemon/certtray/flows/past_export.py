"""Hand history out as JSON lines that a few lines of any script can verify (README, "History")."""

from __future__ import annotations

from pathlib import Path

from certtray.core.dates import taiwan_date
from certtray.core.masks import mask_numbers
from certtray.flows.done import Done
from certtray.flows.face import Event
from certtray.flows.places import choose_place, write_new
from certtray.flows.stage import Stage
from certtray.inventory.history import History


def play(stage: Stage, _nothing: str) -> Done:
    """Write the lines as they are, also where one is altered or missing; that is said."""
    history = History(stage.home.history)
    checked = history.check()
    if checked.broken_at is not None:
        stage.face.tell(Event("history_broken", {"at": checked.broken_at}))
    name = f"certtray-history-{taiwan_date(stage.clock()):%Y%m%d}.jsonl"
    place = choose_place(stage.face, "history_place", Path.home() / name)
    write_new(stage, place, history.exported())
    shown = mask_numbers(str(place))
    facts = {"path": str(place), "path_shown": shown, "intact": checked.broken_at is None}
    return Done("history_exported", {"path": shown, "n": len(checked.lines)}, data=facts)
