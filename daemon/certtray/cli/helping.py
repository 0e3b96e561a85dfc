"""``certtray codes``, ``faq`` and ``downloads``: what the help page holds, for the terminal and for scripts."""

from __future__ import annotations

import argparse
import json
import textwrap
from typing import Any

from certtray.cli.parts import Parts
from certtray.core.errors import UsageError
from certtray.rules.codes import Code, codes, find_codes
from certtray.text import Text

FAQ = (
    "renew",
    "late",
    "lost",
    "password",
    "code",
    "safe",
    "keys",
    "issuing",
    "nothing",
    "other_computer",
    "access",
    "status",
    "environment",
    "counter",
)
"""Entries ``window.help.<id>.title`` and ``.text``, in the order shown (3-29)."""

Row = dict[str, Any]


def show_codes(given: argparse.Namespace, parts: Parts) -> int:
    """Show one number, or the whole table."""
    found = find_codes(given.number) if given.number else codes()
    if not found:
        raise UsageError(reason=parts.text.say("code.not_found", number=given.number))
    rows = [code_row(parts.text, code) for code in found]
    if given.json:
        print(json.dumps(rows, ensure_ascii=False))
    for row in [] if given.json else rows:
        print(f"{row['number']:>9}  {row['cause']}（{row['source']}）\n{'':11}{row['todo']}")
    return 0


def faq(given: argparse.Namespace, parts: Parts) -> int:
    """Show questions and answers."""
    rows = faq_rows(parts.text)
    if given.json:
        print(json.dumps(rows, ensure_ascii=False))
    for row in [] if given.json else rows:
        print(f"■ {row['question']}\n{textwrap.indent(row['answer'], '  ')}")
    return 0


def downloads(given: argparse.Namespace, parts: Parts) -> int:
    """Show what the issuers offer and whom to ask; nothing is opened."""
    rows = contact_rows(parts)
    if given.json:
        print(json.dumps(rows, ensure_ascii=False))
    for row in [] if given.json else rows:
        about = "　".join(row[name] for name in ("phone", "fax", "address") if row[name])
        print(f"■ {row['name']}　{about}\n  {row['page']}")
        for each in row["downloads"]:
            print(f"  {each['name']}　{each['url']}")
    return 0


def code_row(text: Text, code: Code) -> Row:
    """Return a number as it is shown."""
    language = text.language
    return {
        "number": code.number,
        "family": code.family,
        "source": text.say(f"code.family.{code.family}"),
        "cause": code.cause[language],
        "todo": code.todo[language],
    }


def faq_rows(text: Text) -> list[Row]:
    """Return questions and answers."""
    return [
        {"id": key, "question": text.say(f"window.help.{key}.title"), "answer": text.say(f"window.help.{key}.text")}
        for key in FAQ
    ]


def contact_rows(parts: Parts) -> list[Row]:
    """Return for each issuer whom to ask (0-25, 2-26) and what it offers to download (0-24)."""
    english = parts.text.language == "en"
    return [
        {
            "issuer": profile.id,
            "name": parts.name_of(profile),
            "phone": profile.contact.phone,
            "fax": profile.contact.fax,
            "address": profile.contact.address,
            "page": profile.contact.page,
            "downloads": [
                {"name": each.name_en if english else each.name_zh_tw, "url": each.url} for each in profile.resources
            ],
        }
        for profile in parts.profiles.values()
    ]
