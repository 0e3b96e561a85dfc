"""What one start of the program may say to the one that runs: three verbs, one short line of JSON each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 1024
"""Bytes of a line, its end included."""

_TARGET = re.compile(r"(?:certtray://[!-~]{0,400})?", re.ASCII)


class Verb(StrEnum):
    """What is wanted."""

    SHOW = "show"
    CHANGED = "changed"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Request:
    """``target`` is a ``certtray://…`` link for SHOW, or empty: what opens by itself."""

    verb: Verb
    target: str = ""


def encode(request: Request) -> bytes:
    """Return the line for ``request``."""
    return json.dumps({"verb": request.verb, "target": request.target}).encode() + b"\n"


def decode(line: bytes) -> Request:
    """Read a line; ValueError for anything that ``encode`` does not make."""
    try:
        said = json.loads(line.decode("ascii"))
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(said, dict) or said.keys() != {"verb", "target"}:
        raise ValueError("not a request")
    if not (isinstance(said["verb"], str) and isinstance(said["target"], str) and _TARGET.fullmatch(said["target"])):
        raise ValueError("not a request")
    return Request(Verb(said["verb"]), said["target"])
