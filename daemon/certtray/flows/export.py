"""Save one's own certificates as .cer files, without their keys (4-16)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from certtray.core.certificate import Certificate
from certtray.core.dates import taiwan_time
from certtray.core.errors import FileMissing, WriteFailed
from certtray.core.masks import mask_numbers
from certtray.crypto.files import read_certificates
from certtray.flows.done import Done, Table, Word
from certtray.flows.face import Event
from certtray.flows.places import choose_place, marked, write_new
from certtray.flows.recorded import record
from certtray.flows.stage import Stage, companion, entry_of
from certtray.inventory.history import History, What
from certtray.system.files import read_limited


def play(stage: Stage, given: str) -> Done:
    """Write the certificate in DER; one for signing and one for encryption into a file each, and both shall end together."""
    entry = entry_of(stage, given)
    certificate = entry.certificate
    other = companion(stage, certificate)
    chosen = sorted(
        [certificate, *([other.certificate] if other else [])], key=lambda each: each.usage.value, reverse=True
    )  # signing first
    marks = tuple(each.usage.value if other else "" for each in chosen)
    name = f"{certificate.serial_hex}.cer"
    place = choose_place(stage.face, "export_place", Path.home() / name, marks)
    rows: list[list[str | int | Word]] = []
    for each, mark in zip(chosen, marks, strict=True):
        target = marked(place, mark)
        shown = mask_numbers(str(target))
        _write(stage, each, target)
        saved = datetime.fromtimestamp(target.stat().st_mtime, UTC)
        rows.append([shown, Word("is_usage", {"usage": each.usage}), taiwan_time(each.not_after), taiwan_time(saved)])
    if len({each.not_after for each in chosen}) > 1:
        stage.face.tell(Event("export_ends_differ"))
    record(stage.face, History(stage.home.history), stage.clock(), What.EXPORT, [each.fingerprint for each in chosen])
    paths = [str(marked(place, mark)) for mark in marks]
    return Done("exported", {"n": len(rows)}, Table(("file", "usage", "until", "saved"), rows), {"paths": paths})


def _write(stage: Stage, certificate: Certificate, target: Path) -> None:
    der = stage.inventory.der(certificate.fingerprint)
    if der is None:
        raise FileMissing(path=certificate.fingerprint)
    write_new(stage, target, der)
    shown = mask_numbers(str(target))
    (held,) = read_certificates(read_limited(target), shown).holdings
    if held.certificate != certificate:
        raise WriteFailed(path=shown, reason="reads back differently")
