"""How a procedure's end is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from certtray.cli.shown import result_as_data
from certtray.core.errors import Cancelled
from certtray.core.masks import mask_numbers
from certtray.flows.done import Done
from certtray.flows.operations import Step
from certtray.text import Text
from certtray_ui.words import error_in_window, homely
from certtray_ui.work import Outcome

Row = dict[str, Any]

_COMPARED = {"host_and_local_same": "ok", "host_and_local_differ": "bad", "host_and_local_none": "info"}


def ending(text: Text, outcome: Outcome, events: Sequence[Row], profile: str) -> Row:
    """Return the last card: its level, its words, a table where there is one; ``events`` are those shown on the way."""
    result = outcome.result
    if isinstance(outcome.error, Cancelled):
        begun = {"kept", "resuming"} & {event["key"] for event in events}
        key = "kept" if begun else "stopped"
        return {"level": "info", "title": text.say(f"window.end.{key}"), "text": text.say(f"window.end.{key}.text")}
    if outcome.error:
        return {"level": "bad", "error": error_in_window(text, outcome.error)}
    if isinstance(result, Done):
        shown = result_as_data(text, result)
        elsewhere = result.key.startswith("elsewhere.")
        return {
            "level": "info" if elsewhere else shown["level"],
            "title": shown["title"],
            "text": mask_numbers(homely(shown["text"])),
            "table": _at_home(shown["table"]) if "table" in shown else None,
            "page": profile if elsewhere else "",
        }
    if result is None:
        for event in reversed(events):
            if level := _COMPARED.get(event["key"]):
                return {"level": level, "title": text.say("window.end.compared"), "text": event["text"]}
        return {"level": "ok", "title": text.say("window.end.done"), "text": ""}
    if result.step is Step.INSTALLED:
        key = f"window.end.{result.action}"
        return {"level": "ok", "title": text.say(key), "text": text.say("window.end.installed")}
    if result.step is Step.LOST:
        return {"level": "bad", "title": text.say("window.end.lost"), "text": text.say("window.end.lost.text")}
    return {"level": "soon", "title": text.say("window.end.waiting"), "text": text.say("window.end.waiting.text")}


def _at_home(table: Row) -> Row:
    rows = [[homely(cell) if isinstance(cell, str) else cell for cell in cells] for cells in table["rows"]]
    return {**table, "rows": rows}
