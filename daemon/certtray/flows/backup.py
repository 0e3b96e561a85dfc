"""Back up a certificate with its key, to a place that survives this computer (2-12, 3-20)."""

from __future__ import annotations

from dataclasses import dataclass

from certtray.core.certificate import Usage
from certtray.core.dates import taiwan_date
from certtray.core.masks import mask_numbers
from certtray.crypto.pfx import KeyPair
from certtray.crypto.pfx_write import write_pfx
from certtray.flows.done import Done, Table, Word
from certtray.flows.face import Event
from certtray.flows.key_file import KeyFile, proven, remember
from certtray.flows.key_source import keys_of, keys_of_entry
from certtray.flows.new_password import ask_new_password
from certtray.flows.places import choose_backup_place, marked, write_new
from certtray.flows.recorded import record
from certtray.flows.stage import Stage, companion
from certtray.inventory.history import History, What
from certtray.rules.profile import Profile
from certtray.system.files import read_limited


@dataclass(frozen=True, slots=True)
class _Part:
    """What goes into one file; ``mark`` is in its name."""

    mark: str
    pairs: tuple[KeyPair, ...]
    others: tuple[bytes, ...]

    @property
    def fingerprints(self) -> list[str]:
        return [pair.certificate.fingerprint for pair in self.pairs]


def play(stage: Stage, given: str) -> Done:
    """Copy certificate and keys into a PFX under a password of its own, read it back and let it sign.

    A certificate for signing and one for encryption go into a file each, where the issuer certifies both (3-20).
    """
    file = keys_of(stage, given)
    profile = file.profile(stage)
    parts = _parts(stage, file, profile)
    marks = tuple(part.mark for part in parts)
    latest = file.latest.certificate
    name = f"{profile.id if profile else 'certificate'}-{latest.serial_hex}-{taiwan_date(stage.clock()):%Y%m%d}.pfx"
    place = choose_backup_place(stage, name, file.path, marks)
    password = ask_new_password(stage.face, "backup_password", mask_numbers(str(place)), (file.holder,))
    compatible = bool(profile and profile.file and profile.file.compatible)
    rows: list[list[str | int | Word]] = []
    for part in parts:
        target = marked(place, part.mark)
        shown = mask_numbers(str(target))
        data = stage.face.wait("backup", lambda: write_pfx(part.pairs, part.others, password, compatible=compatible))  # noqa: B023
        write_new(stage, target, data)
        content = stage.face.wait("prove", lambda: proven(read_limited(target), password, shown, part.fingerprints))  # noqa: B023
        remember(stage, data, content)
        rows += [
            [shown, Word("is_usage", {"usage": pair.certificate.usage}), pair.certificate.serial_hex]
            for pair in part.pairs
        ]
    fingerprints = [each for part in parts for each in part.fingerprints]
    record(stage.face, History(stage.home.history), stage.clock(), What.BACKUP, fingerprints)
    paths = [str(marked(place, part.mark)) for part in parts]
    return Done("backed_up", {"n": len(parts)}, Table(("file", "usage", "serial"), rows), {"paths": paths})


def _parts(stage: Stage, file: KeyFile, profile: Profile | None) -> list[_Part]:
    """One part with everything in the file, or one for each usage of a pair; its other half may lie in another file."""
    by_usage = {pair.certificate.usage: pair for pair in _by_end(file)}
    if profile is None or profile.pairs != (Usage.SIGN, Usage.ENCRYPT) or Usage.BOTH in by_usage:
        return [_Part("", file.content.pairs, file.content.others)]
    others = dict.fromkeys(by_usage, file.content.others)
    if len(by_usage) == 1:
        entry = companion(stage, file.latest.certificate)
        if entry is None or not entry.has_key:
            stage.face.tell(Event("backup_one_of_two"))
        else:
            second = keys_of_entry(stage, entry)
            usage = entry.certificate.usage
            found = [pair for pair in _by_end(second) if pair.certificate.usage is usage]
            by_usage[usage], others[usage] = found[-1], second.content.others
    return [
        _Part(usage.value, (by_usage[usage],), others[usage])
        for usage in (Usage.SIGN, Usage.ENCRYPT)
        if usage in by_usage
    ]


def _by_end(file: KeyFile) -> list[KeyPair]:
    return sorted(file.content.pairs, key=lambda pair: pair.certificate.not_after)
