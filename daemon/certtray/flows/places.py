"""Where a new file goes: chosen by the person, written for them alone, never over another file without a word."""

from __future__ import annotations

from pathlib import Path

from certtray.core.masks import mask_numbers
from certtray.flows.face import Event, Face
from certtray.flows.operations import Operations
from certtray.flows.questions import Confirm, Place
from certtray.flows.replaced import refuse_while_unfinished
from certtray.flows.stage import Stage
from certtray.system.archive import replace_archived
from certtray.system.media_places import removable_folders, weakness


def choose_place(face: Face, key: str, suggested: Path, marks: tuple[str, ...] = ("",)) -> Path:
    """Ask until the file may be written; ``marks`` go before the suffix of each file there will be. Returns the one without."""
    while True:
        place = face.ask(Place(key=key, suggested=suggested))
        taken = next((each for mark in marks if (each := marked(place, mark)).exists()), None)
        if taken is None or face.ask(Confirm(key="place_taken", facts={"path": mask_numbers(str(taken))})):
            return place


def choose_backup_place(stage: Stage, name: str, original: Path, marks: tuple[str, ...]) -> Path:
    """As ``choose_place``; a removable medium is suggested, and a place that may be lost or seen with the original warned of."""
    removable = removable_folders()
    suggested = (removable[0] if removable else Path.home()) / name
    while True:
        place = choose_place(stage.face, "backup_place", suggested, marks)
        why = weakness(place, original)
        facts = {"path": mask_numbers(str(place))}
        if not why or stage.face.ask(Confirm(key=f"backup_{why}", facts=facts)):
            return place


def marked(place: Path, mark: str) -> Path:
    """Return ``place`` with ``mark`` before its suffix: ``backup.pfx``, ``sign`` → ``backup-sign.pfx``."""
    return place.with_name(f"{place.stem}-{mark}{place.suffix}") if mark else place


def write_new(stage: Stage, place: Path, data: bytes) -> None:
    """Write and read back; a file the person let us replace goes to the archive first. OperationUnfinished, WriteFailed."""
    with Operations(stage.home.operations).held():
        refuse_while_unfinished(stage, place)
        kept = replace_archived(place, data, stage.home.archive)
    if kept is not None:
        stage.face.tell(Event("archived", {"path": mask_numbers(str(kept))}))
