"""The hidden subcommand ``_probe``: touches the PC/SC library, so that a crash or a hang is this child's and nobody else's.

It asks through pyscard, as most programs that use cards do. The resident process does not: pyscard takes 2.4 MiB there, ctypes 0.3.
"""

from __future__ import annotations

import json
import sys


def probe() -> int:
    """Answer the request on standard input, which asks for nothing but the names of the readers."""
    json.load(sys.stdin)
    print(json.dumps({"readers": _readers()}), flush=True)
    return 0


def _readers() -> list[str]:
    try:
        from smartcard.Exceptions import SmartcardException
        from smartcard.System import readers
    except ImportError:  # it has to be compiled on Linux, and could not be
        from certtray.token.readers import readers as by_ourselves

        return by_ourselves()
    try:
        return [str(each) for each in readers()]
    except SmartcardException:
        return []
