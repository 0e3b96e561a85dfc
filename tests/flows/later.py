"""``python -m tests.flows.later certtray-arguments…``: the real program and its children, some minutes from now.

The program takes its time from the system, and a test must not set that.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Final

from certtray.system import clock, spawn

LATER: Final = timedelta(minutes=4)
"""Longer than a test may take, so that no machine is too slow to tell early from late."""


def main() -> int:
    """Shift the one clock of this process, and have children started as this one was."""
    now, command = clock.system_clock, spawn.command

    def later() -> datetime:
        return now() + LATER

    def shifted(*arguments: str) -> list[str]:
        return ["tests.flows.later" if word == "certtray" else word for word in command(*arguments)]

    clock.system_clock, spawn.command = later, shifted
    from certtray.program.main import main

    return main()


if __name__ == "__main__":
    sys.exit(main())
