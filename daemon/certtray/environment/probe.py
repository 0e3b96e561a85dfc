"""The hidden subcommand ``_probe``: touches the PC/SC library, so that a crash or a hang is this child's and nobody else's."""

from __future__ import annotations

import json
import sys

from certtray.token.readers import readers


def probe() -> int:
    """Answer the request on standard input, which asks for nothing but the names of the readers."""
    json.load(sys.stdin)
    print(json.dumps({"readers": readers()}), flush=True)
    return 0
