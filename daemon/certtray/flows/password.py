"""Change the password of a certificate file (0-22), and name what still holds the old one (0-23)."""

from __future__ import annotations

import os
from pathlib import Path

from certtray.core.certificate import Certificate
from certtray.core.dates import taiwan_time
from certtray.core.errors import Cancelled, NotACertificateFile
from certtray.core.identity import identity
from certtray.core.masks import mask_numbers
from certtray.core.newest import by_identity, renewed_by
from certtray.core.states import certificate_state
from certtray.crypto.files import kind_of
from certtray.crypto.pfx_write import change_password
from certtray.flows.done import Done, Table, Word
from certtray.flows.key_file import KeyFile, open_key_file
from certtray.flows.new_password import ask_new_password
from certtray.flows.questions import Confirm
from certtray.flows.recorded import record
from certtray.flows.replaced import NewFile, put_in_place, refuse_while_unfinished
from certtray.flows.stage import Stage
from certtray.inventory.history import History, What
from certtray.rules.profile import Profile
from certtray.stores.mentions import mentions
from certtray.system.settings import load_settings


def play(stage: Stage, given: str) -> Done:
    """Show the certificate, ask the current password and the new one, and write the file anew with everything in it."""
    path = Path(given).expanduser().resolve()
    refuse_while_unfinished(stage, path)
    file = open_key_file(stage, path, kept=False)
    if kind_of(file.data) != "pfx":
        raise NotACertificateFile(path=file.shown)
    profile = file.profile(stage)
    _confirm(stage, file.latest.certificate)
    numbers = (file.holder, *(identity(pair.certificate).holder for pair in file.content.pairs))
    password = ask_new_password(stage.face, "changed_file_password", file.shown, numbers, file.password)
    compatible = bool(profile and profile.file and profile.file.compatible)
    data = stage.face.wait(
        "change", lambda: change_password(file.data, file.password, password, file.shown, compatible=compatible)
    )
    kept, digest = put_in_place(stage, NewFile(path, file.data, data, password, file.fingerprints))
    stage.inventory.passwords.changed(digest, stage.clock())
    record(stage.face, History(stage.home.history), stage.clock(), What.PASSWORD, file.fingerprints)
    return _done(stage, file, profile, kept)


def _confirm(stage: Stage, certificate: Certificate) -> None:
    """The certificate is shown and its validity confirmed first (0-22); Cancelled."""
    now = stage.clock()
    group = by_identity([*(each.certificate for each in stage.inventory.entries()), certificate])
    newer = renewed_by(certificate, group[identity(certificate)], now)
    facts: dict[str, str | int] = {
        "cn": mask_numbers(certificate.subject_cn),
        "serial": certificate.serial_hex,
        "from": taiwan_time(certificate.not_before),
        "to": taiwan_time(certificate.not_after),
        "state": certificate_state(certificate, now, replaced_by=newer).name,
    }
    if not stage.face.ask(Confirm(key="change_password_of", facts=facts)):
        raise Cancelled(where="change_password_of")


def _done(stage: Stage, file: KeyFile, profile: Profile | None, kept: Path | None) -> Done:
    found = mentions(file.path, load_settings(stage.home.settings).search_folders(), Path.home(), dict(os.environ))
    named = [mask_numbers(each) for each in found]
    rows: list[list[str | int | Word]] = [[each] for each in named]
    if profile and profile.file and profile.file.stored_in_zh_tw:
        names = {"zh_TW": profile.file.stored_in_zh_tw, "en": profile.file.stored_in_en}
        rows.insert(0, [Word("both", names)])
    return Done(
        "password_changed",
        {"path": file.shown},
        Table(("holds_old_password",), rows) if rows else None,
        {"path": str(file.path), "path_shown": file.shown, "archived": str(kept or ""), "named_by": named},
    )
