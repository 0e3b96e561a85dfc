"""What a procedure did, set down in history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from certtray.core.errors import WriteFailed
from certtray.flows.face import Event, Face
from certtray.inventory.history import History, What


def record(
    face: Face, history: History, now: datetime, what: What, fingerprints: Sequence[str] = (), operation: str = ""
) -> None:
    """Append one line (``History.record``); where the disk refuses, say so: what was done is done all the same."""
    try:
        history.record(now, what, fingerprints, operation)
    except WriteFailed as failed:
        face.tell(Event("history_not_written", {"reason": str(failed.facts["reason"])}))
