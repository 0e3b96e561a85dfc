"""What a process that sees secrets does first."""

from __future__ import annotations

import sys


def forbid_core_dumps() -> None:
    """No core file may hold a password; where the system has no such limit this does nothing."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
