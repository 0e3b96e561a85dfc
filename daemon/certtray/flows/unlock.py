"""Open a locked file once: from then on its dates are known without the password."""

from __future__ import annotations

import hashlib
from pathlib import Path

from certtray.core.errors import NoSecretStore, PasswordNeeded, WrongPassword
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.crypto.files import read_certificates
from certtray.flows.done import Done
from certtray.flows.face import Event, Face
from certtray.flows.key_file import ask_file_password, with_hint
from certtray.flows.questions import Confirm
from certtray.flows.stage import Stage
from certtray.inventory.db import Inventory
from certtray.system.files import read_limited
from certtray.system.secrets import keep_password


def unlock(face: Face, inventory: Inventory, path: Path) -> int:
    """Ask for the password until it opens ``path``, remember what the file holds; return the number of certificates.

    The password itself is kept only if the person says so, in the system's secret store. Raises what reading raises but
    WrongPassword: a password is checked on this machine and may be tried as often as one likes.
    """
    data, shown = read_limited(path), mask_numbers(str(path))
    password: Secret | None = None
    error: WrongPassword | None = None
    while True:
        try:
            content = read_certificates(data, str(path), [password] if password else [])
            break
        except PasswordNeeded:
            pass
        except WrongPassword as wrong:
            error = with_hint(inventory, data, wrong)
        password = ask_file_password(face, path, error)
    inventory.remember(hashlib.sha256(data).hexdigest(), content)
    face.tell(Event("unlocked", {"n": len(content.holdings)}))
    if password and face.ask(Confirm(key="remember_password", facts={"path": shown})):
        try:
            keep_password(str(path), password)
            face.tell(Event("remembered"))
        except NoSecretStore as none:
            face.tell(Event("not_remembered", {"reason": str(none.facts["reason"])}))
    return len(content.holdings)


def play(stage: Stage, path: str) -> Done:
    """Unlock the file at ``path``."""
    n = unlock(stage.face, stage.inventory, Path(path).expanduser().absolute())
    return Done("unlocked", {"n": n}, data={"certificates": n})
