"""``certtray token list``: cards and tokens, how near each is to locking, and what is on it."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime

from certtray.cli.parts import Parts
from certtray.cli.rows import Row
from certtray.cli.shown import error_in_words
from certtray.cli.table import print_columns
from certtray.core.dates import days_left
from certtray.core.masks import mask_numbers
from certtray.flows.tokens import look
from certtray.text import Text
from certtray.token.model import Held, Token


def list_tokens(given: argparse.Namespace, parts: Parts) -> int:
    """Show every token that a module shows; no PIN is asked, nothing is changed."""
    seen = look(parts.home.make())
    for error in seen.failed:
        title, what, todo = error_in_words(parts.text, error)
        print(f"certtray: {title}{parts.text.say('terminal.colon')}{what} {todo}", file=sys.stderr)
    rows = [_row(token, parts.clock()) for token in seen.tokens]
    if given.json:
        print(json.dumps(rows, ensure_ascii=False))
    elif not rows:
        print(parts.text.say("token_list.none"))
    for row in [] if given.json else rows:
        _print(row, parts.text)
    return 0


def _row(token: Token, now: datetime) -> Row:
    return {
        "serial": token.serial,
        "label": mask_numbers(token.label),
        "maker": token.maker,
        "model": token.model,
        "reader": token.reader,
        "module": token.module,
        "standing": token.standing,
        "tries_left": token.tries_left,
        "pin_length": list(token.pin_length),
        "free_bytes": token.free,
        "read_only": token.read_only,
        "certificates": [_held(held, now) for held in token.held],
    }


def _held(held: Held, now: datetime) -> Row:
    certificate = held.certificate
    return {
        "id": held.id,
        "fingerprint_sha256": certificate.fingerprint,
        "subject_cn": mask_numbers(certificate.subject_cn),
        "issuer_cn": certificate.issuer_cn,
        "serial_hex": certificate.serial_hex,
        "usage": certificate.usage,
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "days_left": days_left(certificate.not_after, now),
    }


def _print(row: Row, text: Text) -> None:
    tries = "" if row["tries_left"] is None else f"  {text.say('terminal.tries_left', n=row['tries_left'])}"
    print(f"{row['label']} ({row['serial']})  {row['reader']}")
    print(f"  {text.say('word.pin_' + row['standing'])}{tries}")
    if row["read_only"]:
        print(f"  {text.say('token_list.read_only')}")
    lines = [
        [
            f"  {each['subject_cn']}",
            each["issuer_cn"],
            text.say(f"usage.{each['usage']}"),
            each["not_after"][:10],
            text.say("list.days", n=each["days_left"]),
        ]
        for each in row["certificates"]
    ]
    if lines:
        print_columns(lines)
    else:
        print(f"  {text.say('token_list.empty')}")
