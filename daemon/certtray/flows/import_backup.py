"""Bring a backup file into the system's store and the browsers: 憑證匯入 (1-11, 2-20, 2-25, 3-21)."""

from __future__ import annotations

import os
from pathlib import Path

from certtray.core.certificate import Usage
from certtray.flows.chosen_stores import choose_places, places
from certtray.flows.done import Done
from certtray.flows.face import Event
from certtray.flows.install import newest_pair
from certtray.flows.key_file import KeyFile, open_key_file
from certtray.flows.put_in_stores import ask_protection, parcels_of, put_all, summary
from certtray.flows.questions import Action, File, plain
from certtray.flows.recorded import record
from certtray.flows.stage import Stage
from certtray.inventory.history import History, What
from certtray.stores.base import Parcel
from certtray.stores.every import system_store


def play(stage: Stage, given: str) -> Done:
    """Open the backup with its password, and put what is in it into the system's store and those the person chooses.

    Where the issuer certifies a key for signing and one for encryption, each comes from a file of its own (3-20).
    """
    path = Path(given) if given else plain(stage.face.ask(File(key="import_file")))
    files = [open_key_file(stage, path)]
    if half := _missing_half(stage, files[0]):
        answer = stage.face.ask(File(key="import_other", facts={"usage": half}, actions=("later",)))
        if not isinstance(answer, Action):
            files.append(open_key_file(stage, answer))
    parcels: list[Parcel] = []
    fingerprints: list[str] = []
    for file in files:
        pairs = newest_pair(file, "")
        parcels += parcels_of(pairs, file.content.others, stage.inventory)
        fingerprints += [pair.certificate.fingerprint for pair in pairs]
    found = places(stage.face, with_system=True)
    own = system_store(Path.home(), os.environ)
    lacking = [each for each in found if each.error is None and each.lacks_any(parcels)]
    proposed = [each for each in lacking if each.store.folder == own.folder]
    chosen = choose_places(stage.face, "import_stores", found, proposed or lacking, parcels)
    if not chosen:
        return Done("nothing_installed", data={"stores": []}, level="info")
    done = put_all(stage.face, chosen, parcels, ask_protection(stage.face, chosen), stage.clock())
    if any(each.error is None for each in done):
        record(stage.face, History(stage.home.history), stage.clock(), What.IMPORT, fingerprints)
        stage.face.tell(Event("check_import"))
    return summary("imported", done)


def _missing_half(stage: Stage, file: KeyFile) -> Usage | None:
    """Return the usage that the issuer certifies beside the file's only one; None where it is there."""
    profile = file.profile(stage)
    usages = {pair.certificate.usage for pair in file.content.pairs}
    if profile is None or profile.pairs != (Usage.SIGN, Usage.ENCRYPT) or Usage.BOTH in usages or len(usages) > 1:
        return None
    return Usage.ENCRYPT if Usage.SIGN in usages else Usage.SIGN
