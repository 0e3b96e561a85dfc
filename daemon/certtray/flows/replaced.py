"""A certificate file replaced where other programs look: the old one kept, the new one proven, interruption harmless."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from certtray.core.errors import FileChanged, NoSecretStore, OperationUnfinished
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.flows.face import Event
from certtray.flows.key_file import proven, remember
from certtray.flows.operations import Operations
from certtray.flows.stage import Stage
from certtray.system.archive import replace_archived
from certtray.system.files import read_limited
from certtray.system.secrets import drop_password, keep_password, kept_password


@dataclass(frozen=True, slots=True)
class NewFile:
    """What is to stand at ``target``: bytes, their password, the fingerprints of the pairs; ``former`` is what stood there."""

    target: Path
    former: bytes | None
    data: bytes
    password: Secret
    fingerprints: list[str]


def refuse_while_unfinished(stage: Stage, target: Path) -> None:
    """OperationUnfinished where a renewal or application is to put its file there."""
    if Operations(stage.home.operations).pending(target):
        raise OperationUnfinished(path=mask_numbers(str(target)))


def put_in_place(stage: Stage, new: NewFile) -> tuple[Path | None, str]:
    """Prove ``new``, archive what it replaces, put it there, read it back and let it sign; return the archived path and the hash.

    Until the one rename the old file stands, after it the new one. FileChanged where somebody else wrote it meanwhile,
    OperationUnfinished, AlreadyRunning, WriteFailed.
    """
    shown = mask_numbers(str(new.target))
    content = stage.face.wait("prove", lambda: proven(new.data, new.password, shown, new.fingerprints))
    with Operations(stage.home.operations).held():
        refuse_while_unfinished(stage, new.target)
        present = read_limited(new.target) if new.target.exists() else None
        if present != new.former:
            raise FileChanged(path=shown)
        digest = remember(stage, new.data, content)  # before it is there: a scan knows it at once
        kept = stage.face.wait("install", lambda: replace_archived(new.target, new.data, stage.home.archive))
        stage.face.wait("prove", lambda: proven(read_limited(new.target), new.password, shown, new.fingerprints))
    if kept is not None:
        stage.face.tell(Event("archived", {"path": mask_numbers(str(kept))}))
    _renew_kept_password(stage, new)
    return kept, digest


def _renew_kept_password(stage: Stage, new: NewFile) -> None:
    """What was kept for the file is no longer its password: replaced, or else removed."""
    path = str(new.target)
    with suppress(NoSecretStore):
        if kept_password(path) is None:
            return
        try:
            keep_password(path, new.password)
            stage.face.tell(Event("kept_password_replaced"))
        except NoSecretStore:
            drop_password(path)
            stage.face.tell(Event("kept_password_removed"))
