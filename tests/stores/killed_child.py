"""``python -m tests.stores.killed_child N``: the child ``_nss``, killed by SIGKILL right before its N-th call that writes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from certtray.stores import nss_child
from certtray.stores.nss_calls import Database

left = int(sys.argv[1])


def counted(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any, **more: Any) -> Any:
        global left  # noqa: PLW0603
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return method(*given, **more)

    return call


for name in ("__init__", "put_key", "put_certificate", "remove"):
    setattr(Database, name, counted(getattr(Database, name)))
sys.exit(nss_child.serve())
