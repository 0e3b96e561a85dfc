"""Where the shared sentences name a command of the terminal, the window has its own: ``window.<entry>``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from certtray.cli.shown import error_as_data, in_words
from certtray.core.errors import CertTrayError
from certtray.core.masks import mask_numbers
from certtray.text import Text

Row = dict[str, Any]


def error_in_window(text: Text, error: CertTrayError) -> Row:
    """Return an error's three sentences as the window says them."""
    row = error_as_data(text, error)
    special = [error.facts[name] for name in ("rule", "number") if name in error.facts]
    keys = [f"{place}.{error.code}.{each}.todo" for each in special for place in ("window.error", "error")]
    keys.append(f"window.error.{error.code}.todo")
    todo = next((text.say(key, **error.facts) for key in keys if text.has(key)), row["todo"])
    return {
        "code": error.code,
        "title": row["title"],
        "what": mask_numbers(homely(row["what"])),
        "todo": mask_numbers(homely(todo)),
    }


def event_in_window(text: Text, row: Row) -> Row:
    """Return an event with its facts in words and its sentence as the window says it."""
    key, facts = f"window.event.{row['key']}", in_words(text, row["facts"])
    facts = {name: homely(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
    return {**row, "facts": facts, "text": text.say(key, **facts) if text.has(key) else homely(row["text"])}


def homely(sentence: str) -> str:
    """Write the person's own folder as ``~`` wherever a sentence names a path in it."""
    return sentence.replace(f"{Path.home()}{os.sep}", f"~{os.sep}")


def question_in_window(text: Text, row: Row) -> Row:
    """Return a question with what is written beneath it: the tries left, what an empty answer means; on its buttons."""
    more = {"help": homely(row["help"])}
    if "tries_left" in row:
        more["tries"] = text.say("terminal.tries_left", n=row["tries_left"])
    for answer in ("yes", "no"):
        if text.has(key := f"window.{answer}.{row['key']}"):
            more[answer] = text.say(key)
    if row.get("suggested"):
        more["suggested"] = homely(row["suggested"])
        more["suggestion"] = text.say("window.suggested", value=more["suggested"])
    return {**row, **more}
