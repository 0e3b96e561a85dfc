"""How a question, an event or an error looks in words; shared by the terminal and ``--json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from certtray.core.errors import CertTrayError
from certtray.core.masks import mask_numbers
from certtray.flows.done import Done, Word
from certtray.flows.face import Event
from certtray.flows.operations import Operation
from certtray.flows.questions import Choice, Code, Line, Place, Question, SecretLine, Terms
from certtray.text import Text


def question_as_data(text: Text, question: Question[Any], number: int) -> dict[str, Any]:
    """Return the documented fields of a question (README, "Scripting with --json")."""
    facts = in_words(text, question.facts)
    row: dict[str, Any] = {
        "type": "question",
        "id": number,
        "key": question.key,
        "kind": question.kind,
        "secret": question.secret,
        "title": text.say(f"question.{question.key}.title", **facts),
        "help": text.say(f"question.{question.key}.help", **facts),
        "actions": [{"id": name, "label": text.say(f"action.{name}")} for name in question.actions],
    }
    if question.deadline:
        row["deadline"] = question.deadline.isoformat(timespec="seconds")
    if question.tries_left is not None:
        row["tries_left"] = question.tries_left
    if question.error:
        row["error"] = error_as_data(text, question.error)
    match question:
        case Line() if question.suggested:
            row["suggested"] = question.suggested_shown
        case Place():
            row["suggested"] = mask_numbers(str(question.suggested))
        case SecretLine():
            row["twice"] = question.twice
        case Code():
            row["digits"] = question.digits
        case Choice():
            row["options"] = [
                {"id": option.id, "label": text.say(f"option.{option.key}", **option.facts)}
                for option in question.options
            ]
        case Terms():
            row["version"] = question.version
            row["clauses"] = [clause[text.language] for clause in question.clauses]
    return row


def event_as_data(text: Text, event: Event) -> dict[str, Any]:
    """Return an event's fields: its key, its facts, and the sentence."""
    return {
        "type": "event",
        "key": event.key,
        "facts": dict(event.facts),
        "text": text.say(f"event.{event.key}", **in_words(text, event.facts)),
    }


def error_as_data(text: Text, error: CertTrayError) -> dict[str, Any]:
    """Return an error's fields: code, facts, and its three sentences."""
    title, what, todo = text.error(error)
    return {"code": error.code, "facts": error.facts, "title": title, "what": what, "todo": todo}


def result_as_data(text: Text, result: Done | Operation | None) -> dict[str, Any]:
    """Return a procedure's result: an operation's fields, or the words, the table and the data of what was done."""
    if result is None:
        return {"step": None}
    if isinstance(result, Operation):
        return dict(result.row())
    row: dict[str, Any] = {"done": result.key, **result.data}
    facts = in_words(text, result.facts)
    row["title"] = text.say(f"done.{result.key}.title", **facts)
    row["text"] = text.say(f"done.{result.key}.text", **facts)
    if result.table:
        columns = [text.say(f"column.{column}") for column in result.table.columns]
        row["table"] = {"columns": columns, "rows": [_cells(text, cells) for cells in result.table.rows]}
    return row


def _cells(text: Text, cells: Sequence[str | int | Word]) -> list[str | int]:
    return [text.say(cell.key, **cell.facts) if isinstance(cell, Word) else cell for cell in cells]


def in_words(text: Text, facts: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return facts with those that are ids of the catalogue (an action's name) replaced by their words."""
    words = dict(facts)
    if "action" in words:
        words["action"] = text.say(f"word.{words['action']}")
    if "state" in words:
        words["state"] = text.say(f"state.{words['state']}")
    if "host_status" in words:
        key = f"host_status.{words['host_status']}"
        words["host_status"] = text.say(key if text.has(key) else "host_status.other", number=words["host_status"])
    return words
