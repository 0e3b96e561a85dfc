"""Put a backup back where the issuer's programs look (2-25, 3-21); signing and encryption each by itself."""

from __future__ import annotations

from pathlib import Path

from certtray.core.errors import Cancelled, UsageError
from certtray.core.masks import mask_numbers
from certtray.crypto.files import kind_of
from certtray.crypto.pfx_write import change_password, write_pfx
from certtray.flows.done import Done
from certtray.flows.key_file import KeyFile, open_key_file
from certtray.flows.new_password import ask_new_password
from certtray.flows.questions import Confirm, File, Place, plain
from certtray.flows.recorded import record
from certtray.flows.replaced import NewFile, put_in_place, refuse_while_unfinished
from certtray.flows.stage import Stage, entry_at
from certtray.inventory.history import History, What
from certtray.rules.profile import Profile
from certtray.system.files import read_limited


def play(stage: Stage, given: str) -> Done:
    """Open the backup with its password, and put it in place; what stood there goes to the archive.

    The file in place has the backup's password and is protected as the issuer's programs read it.
    """
    path = Path(given) if given else plain(stage.face.ask(File(key="backup_file")))
    file = open_key_file(stage, path)
    profile = file.profile(stage)
    target = _target(stage, file, profile)
    if target.exists() and target.samefile(file.path):
        raise UsageError(reason=mask_numbers(str(target)))
    refuse_while_unfinished(stage, target)
    former = read_limited(target) if target.exists() else None
    if former is not None:
        _confirm(stage, file, target)
    password = file.password
    if not password.reveal():
        password = ask_new_password(stage.face, "restored_password", mask_numbers(str(target)), (file.holder,))
    compatible = bool(profile and profile.file and profile.file.compatible)
    if kind_of(file.data) == "pfx":
        data = change_password(file.data, file.password, password, file.shown, compatible=compatible)
    else:
        data = write_pfx(file.content.pairs, file.content.others, password, compatible=compatible)
    _, digest = put_in_place(stage, NewFile(target, former, data, password, file.fingerprints))
    if password is file.password:
        stage.inventory.passwords.same(file.sha256, digest)
    record(stage.face, History(stage.home.history), stage.clock(), What.RESTORE, file.fingerprints)
    shown = mask_numbers(str(target))
    return Done("restored", {"path": shown}, data={"path": str(target), "path_shown": shown})


def _target(stage: Stage, file: KeyFile, profile: Profile | None) -> Path:
    """Return the issuer's default place; where it has none, or the person chooses, the place they choose (1-07)."""
    if profile and profile.file and not profile.file.ask:
        return profile.file.place(file.holder)
    usage = file.latest.certificate.usage
    name = profile.file.name if profile and profile.file else f"{profile.id if profile else 'certificate'}-{usage}.pfx"
    return stage.face.ask(Place(key="restore_place", suggested=Path.home() / name))


def _confirm(stage: Stage, file: KeyFile, target: Path) -> None:
    """Ask before something is replaced; a newer one would be missed most. Cancelled."""
    present = entry_at(stage, target)
    newer = present is not None and present.certificate.not_after > file.latest.certificate.not_after
    facts = {"path": mask_numbers(str(target))}
    if not stage.face.ask(Confirm(key="restore_over_newer" if newer else "restore_over", facts=facts)):
        raise Cancelled(where="restore_over")
