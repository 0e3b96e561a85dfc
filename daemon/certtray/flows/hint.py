"""A hint for a file's password (0-24 憑證檔密碼提示): shown on request, and when the password was wrong."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from certtray.core.errors import CertTrayError, InputError, NoSecretStore
from certtray.core.masks import mask_numbers, numbers_in
from certtray.core.secret import Secret
from certtray.crypto.files import kind_of, read_certificates
from certtray.flows.done import Done
from certtray.flows.questions import Choice, Line, Option
from certtray.flows.stage import Stage
from certtray.system.files import read_limited
from certtray.system.secrets import kept_password

LONGEST = 60
"""Characters; a hint is a few words."""
_WORDS_TRIED = 6
"""A quarter of a second each."""


def play(stage: Stage, given: str) -> Done:
    """Show the hint of a file, or set, change or remove it."""
    path = Path(given).expanduser().absolute()
    data, shown = read_limited(path), mask_numbers(str(path))
    passwords, digest = stage.inventory.passwords, hashlib.sha256(data).hexdigest()
    present = passwords.hint(digest)
    if present:
        options = tuple(Option(name, f"hint.{name}") for name in ("leave", "change", "remove"))
        chosen = stage.face.ask(Choice(key="hint_kept", facts={"path": shown, "hint": present}, options=options))
        if chosen == "leave":
            return Done("hint_shown", {"hint": present, "path": shown}, data={"hint": present})
        if chosen == "remove":
            passwords.set_hint(digest, "")
            return Done("hint_removed", {"path": shown})
    question = Line(key="hint", facts={"path": shown, "n": LONGEST}, check=lambda typed: _checked(typed, path, data))
    hint = stage.face.ask(question)
    passwords.set_hint(digest, hint)
    return Done("hint_set", {"hint": hint, "path": shown}, data={"hint": hint})


def _checked(typed: str, path: Path, data: bytes) -> str:
    """InputError for what is too long, bears a personal number, or is or names the password as far as that can be known."""
    if not typed or len(typed) > LONGEST:
        raise InputError(field="hint", rule="hint_length", n=LONGEST)
    if numbers_in(typed):
        raise InputError(field="hint", rule="hint_number")
    if _tells(typed, path, data):
        raise InputError(field="hint", rule="hint_password")
    return typed


def _tells(typed: str, path: Path, data: bytes) -> bool:
    with suppress(NoSecretStore):
        kept = kept_password(str(path))
        if kept and kept.reveal().lower() in typed.lower():
            return True
    if kind_of(data) != "pfx" or _opens(data):  # it needs no password
        return False
    return any(_opens(data, Secret(each)) for each in dict.fromkeys([typed, *typed.split()[:_WORDS_TRIED]]))


def _opens(data: bytes, *passwords: Secret) -> bool:
    try:
        read_certificates(data, "", passwords)
    except CertTrayError:
        return False
    return True
