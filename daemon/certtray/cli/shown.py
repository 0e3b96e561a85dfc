"""How a question, an event or an error looks in words; shared by the terminal and ``--json``."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from certtray.core.errors import CertTrayError, IssuerRefused
from certtray.core.masks import mask_numbers
from certtray.flows.done import Cell, Done, Word
from certtray.flows.face import Event
from certtray.flows.operations import Operation
from certtray.flows.questions import Choice, Code, Line, Picture, Place, Question, SecretLine, Several, Terms
from certtray.rules.codes import refusal_code
from certtray.text import Text


def question_as_data(text: Text, question: Question[Any], number: int) -> dict[str, Any]:
    """Return the documented fields of a question (README, "Scripting with --json")."""
    facts, help_key = in_words(text, question.facts), f"question.{question.key}.help"
    row: dict[str, Any] = {
        "type": "question",
        "id": number,
        "key": question.key,
        "kind": question.kind,
        "secret": question.secret,
        "title": text.say(f"question.{question.key}.title", **facts),
        "help": text.say(help_key, **facts) if text.has(help_key) else "",
        "actions": [{"id": name, "label": text.say(f"action.{name}")} for name in question.actions],
    }
    if question.deadline:
        row["deadline"] = question.deadline.isoformat(timespec="seconds")
    if question.tries_left is not None:
        row["tries_left"] = question.tries_left
    if question.rows:
        row["rows"] = [[cell_in_words(text, cell) for cell in cells] for cells in question.rows]
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
        case Choice() | Several():
            row["options"] = [
                {"id": option.id, "label": text.say(f"option.{option.key}", **in_words(text, option.facts))}
                for option in question.options
            ]
            if isinstance(question, Several):
                row["chosen"] = list(question.chosen)
        case Picture():
            row["png"] = base64.b64encode(question.png).decode()
            row["digits"] = question.digits
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
    """Return an error's fields: code, facts, and its three sentences; a number we know brings its cause and way out."""
    title, what, todo = error_in_words(text, error)
    return {"code": error.code, "facts": error.facts, "title": title, "what": what, "todo": todo}


def error_in_words(text: Text, error: CertTrayError) -> tuple[str, str, str]:
    """Return (title, what happened, what to do); an issuer's number we know brings its cause and way out."""
    title, what, todo = text.error(error)
    own = f"error.{error.code}.{error.facts.get('number', '')}"
    if isinstance(error, IssuerRefused) and not text.has(f"{own}.todo") and (code := refusal_code(error.number)):
        what, todo = f"{what} {code.cause[text.language]}{text.say('terminal.stop')}", code.todo[text.language]
    return title, what, todo


def result_as_data(text: Text, result: Done | Operation | None) -> dict[str, Any]:
    """Return a procedure's result: an operation's fields, or the words, the table and the data of what was done."""
    if result is None:
        return {"step": None}
    if isinstance(result, Operation):
        return dict(result.row())
    row: dict[str, Any] = {"done": result.key, "level": result.level, **result.data}
    facts = in_words(text, result.facts)
    row["title"] = text.say(f"done.{result.key}.title", **facts)
    row["text"] = text.say(f"done.{result.key}.text", **facts)
    if result.table:
        columns = [text.say(f"column.{column}") for column in result.table.columns]
        rows = [[cell_in_words(text, cell) for cell in cells] for cells in result.table.rows]
        row["table"] = {"columns": columns, "rows": rows}
        if result.table.levels:
            row["table"]["levels"] = list(result.table.levels)
    return row


def cell_in_words(text: Text, cell: Cell) -> str | int:
    """Return a cell as it is shown."""
    if isinstance(cell, CertTrayError):
        title, _, todo = error_in_words(text, cell)
        return f"{title}{text.say('terminal.colon')}{todo}"
    return text.say(f"word.{cell.key}", **in_words(text, cell.facts)) if isinstance(cell, Word) else cell


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
    if "procedure" in words:
        words["procedure"] = text.say(f"help.{words['procedure']}")
    if "usage" in words:
        words["usage"] = text.say(f"usage.{words['usage']}")
    if "device" in words and text.has(f"device.{words['device']}"):  # the others are names
        words["device"] = text.say(f"device.{words['device']}")
    if "env" in words:
        words["env"] = text.say(f"word.env_{words['env']}", about=mask_numbers(str(words.get("about", ""))))
    if "about" in words:
        words["about"] = mask_numbers(str(words["about"]))
    if "why_revoked" in words:
        words["why_revoked"] = text.say(f"word.revoked_{words['why_revoked']}")
    if "why_unknown" in words:
        words["why_unknown"] = text.say(f"word.unknown_{words['why_unknown']}")
    return words
