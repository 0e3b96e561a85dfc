"""A file with private keys, opened: what the procedures on files begin with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from certtray.core.errors import NoSecretStore, WriteFailed, WrongPassword
from certtray.core.identity import identity
from certtray.core.masks import mask_numbers, numbers_in
from certtray.core.secret import Secret
from certtray.crypto.content import FileContent, Holding
from certtray.crypto.der import facts
from certtray.crypto.files import kind_of
from certtray.crypto.keys import signs_for
from certtray.crypto.pem_keys import open_pem
from certtray.crypto.pfx import KeyPair, Pfx, open_pfx
from certtray.flows.face import Event, Face
from certtray.flows.questions import Action, SecretLine
from certtray.flows.stage import Stage
from certtray.inventory.db import Inventory
from certtray.rules.profile import Profile
from certtray.rules.profiles import match
from certtray.system.files import read_limited
from certtray.system.secrets import kept_password


@dataclass(frozen=True, slots=True)
class KeyFile:
    """An opened file: its bytes, the password that opens it (empty where none is needed), what it holds."""

    path: Path
    data: bytes = field(repr=False)
    password: Secret
    content: Pfx

    @property
    def sha256(self) -> str:
        """Of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def shown(self) -> str:
        """The path as it may be shown."""
        return mask_numbers(str(self.path))

    @property
    def fingerprints(self) -> list[str]:
        """Of the certificates with their keys."""
        return [pair.certificate.fingerprint for pair in self.content.pairs]

    @property
    def latest(self) -> KeyPair:
        """The pair that ends last."""
        return max(self.content.pairs, key=lambda pair: pair.certificate.not_after)

    @property
    def holder(self) -> str:
        """Whose certificates they are: a personal or company number, as far as the name tells."""
        return identity(self.latest.certificate).holder

    def profile(self, stage: Stage) -> Profile | None:
        """Return the issuer's profile."""
        return match(self.latest.certificate, tuple(stage.profiles.values()))


def open_key_file(stage: Stage, path: Path, *, kept: bool = True) -> KeyFile:
    """Open ``path`` with no password, the one kept (unless not ``kept``), or one that is asked for until it opens.

    It is checked on this machine only and may be tried as often as the person likes. KeyMissing where no key is in it,
    and whatever else reading raises.
    """
    path = path.expanduser().absolute()
    data = read_limited(path)

    def opened(password: Secret) -> KeyFile:
        content = stage.face.wait("open", lambda: open_keys_of(data, password, mask_numbers(str(path))))
        return KeyFile(path, data, password, content)

    with suppress(WrongPassword):
        return opened(Secret(""))
    if kept:
        with suppress(NoSecretStore, WrongPassword):
            if password := kept_password(str(path)):
                found = opened(password)
                stage.face.tell(Event("opened_with_kept_password", {"path": found.shown}))
                return found
    error: WrongPassword | None = None
    while True:
        password = ask_file_password(stage.face, path, error)
        try:
            return opened(password)
        except WrongPassword as wrong:
            error = with_hint(stage.inventory, data, wrong)


def open_keys_of(data: bytes, password: Secret, shown: str) -> Pfx:
    """Return the pairs of a PFX or PEM file; as ``open_pfx``."""
    is_pem = kind_of(data) is None and b"-----BEGIN " in data
    return open_pem(data, password, shown) if is_pem else open_pfx(data, password, shown)


def ask_file_password(face: Face, path: Path, error: WrongPassword | None) -> Secret:
    """Ask for a file's password once; where the path bears a personal number, that may be tried on a click (FACTS.md 1.2)."""
    numbers = numbers_in(str(path))
    answer = face.ask(
        SecretLine(
            key="file_password",
            facts={"path": mask_numbers(str(path))},
            actions=("try_id",) if numbers else (),
            error=error,
        )
    )
    if not isinstance(answer, Action):
        return answer
    face.tell(Event("id_as_password"))
    return Secret(numbers[-1])


def with_hint(inventory: Inventory, data: bytes, wrong: WrongPassword) -> WrongPassword:
    """Return the error with the person's own hint for this file, where there is one (0-24)."""
    hint = inventory.passwords.hint(hashlib.sha256(data).hexdigest())
    return WrongPassword(**wrong.facts | {"rule": "hint", "hint": hint}) if hint else wrong


def proven(data: bytes, password: Secret, shown: str, fingerprints: Sequence[str]) -> Pfx:
    """Open what was written, let each key sign under its certificate, and compare; WriteFailed if it is not whole."""
    content = open_keys_of(data, password, shown)
    held = sorted(pair.certificate.fingerprint for pair in content.pairs)
    if held != sorted(fingerprints) or not all(signs_for(pair.private_key, pair.der) for pair in content.pairs):
        raise WriteFailed(path=shown, reason="the new file does not sign")
    return content


def remember(stage: Stage, data: bytes, content: Pfx, kind: Literal["pfx", "pem"] = "pfx") -> str:
    """Let the inventory know a file by its hash without its password; return the hash."""
    digest = hashlib.sha256(data).hexdigest()
    held = [Holding(pair.certificate, pair.der, True) for pair in content.pairs]
    held += [Holding(facts(der), der, False) for der in content.others]
    stage.inventory.remember(digest, FileContent(kind, tuple(held)))
    return digest
