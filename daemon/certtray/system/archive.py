"""A file replaced, and the former one kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

from certtray.core.errors import WriteFailed
from certtray.system.files import read_limited, remove_unfinished, write_atomic


def replace_archived(target: Path, data: bytes, archive: Path) -> Path | None:
    """Copy the former file into ``archive/<hash>/``, then replace it and read it back; return where the former one went.

    None where there was none or it was the same. Repeating it after a crash does no harm. WriteFailed.
    """
    former = read_limited(target) if target.exists() else data
    kept = None
    if former != data:
        kept = archive / hashlib.sha256(former).hexdigest()[:16] / target.name
        remove_unfinished(kept)
        write_atomic(kept, former)
    remove_unfinished(target)
    write_atomic(target, data)
    if read_limited(target) != data:
        raise WriteFailed(path=str(target), reason="reads back differently")
    return kept
