"""Reading the certificate that is to be renewed (0-17, 0-20)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from certtray.core.certificate import Certificate
from certtray.core.errors import (
    CertTrayError,
    DamagedFile,
    FileMissing,
    FileTooLarge,
    FileUnreadable,
    KeyMissing,
    NoSecretStore,
    NotACertificateFile,
    OldCertificateLost,
    StorePasswordWrong,
    UnsupportedAlgorithm,
    WrongPassword,
)
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.key_file import with_hint
from certtray.flows.put_in_stores import ask_primary
from certtray.flows.questions import Action, File, SecretLine, plain
from certtray.media.base import OldCertificate
from certtray.system.files import read_limited
from certtray.system.secrets import kept_password

UNUSABLE = (
    DamagedFile,
    FileMissing,
    FileTooLarge,
    FileUnreadable,
    KeyMissing,
    NotACertificateFile,
    UnsupportedAlgorithm,
)


@dataclass(frozen=True, slots=True)
class OldFile:
    """An opened file: its place, its password, its usable certificates."""

    path: Path
    password: Secret
    certificates: list[OldCertificate]
    password_kept: bool

    def newest_like(self, serial: int) -> Certificate:
        """Return the certificate with ``serial``, else the one that ends last."""
        held = [each.certificate for each in self.certificates]
        return next((each for each in held if each.serial == serial), held[-1])


def open_old_file(context: Context, path: Path | None) -> OldFile:
    """Open ``path``, or the file the person points to; OldCertificateLost when they no longer have it (0-20).

    A file that is none, or damaged, is asked for again; the password may be tried as often as the person likes, for it is
    checked on this machine only.
    """
    error: CertTrayError | None = None
    while True:
        if path is None:
            answer = context.face.ask(
                File(key="old_file", facts={"issuer": context.issuer_name}, actions=("lost",), error=error)
            )
            if isinstance(answer, Action):
                raise OldCertificateLost(issuer=context.issuer_name, phone=context.profile.contact.phone)
            path = answer
        try:
            return _open(context, path)
        except UNUSABLE as unusable:
            path, error = None, unusable


def _open(context: Context, path: Path) -> OldFile:
    shown = mask_numbers(str(path))
    if not context.medium.locked(path):
        return _opened(context, path, Secret(""), password_kept=False)
    if not path.is_file():
        return _open_store(context, path)
    with suppress(NoSecretStore, WrongPassword):
        if kept := kept_password(str(path)):
            opened = _opened(context, path, kept, password_kept=True)
            context.face.tell(Event("opened_with_kept_password", {"path": shown}))
            return opened
    error: WrongPassword | None = None
    while True:
        password = plain(context.face.ask(SecretLine(key="file_password", facts={"path": shown}, error=error)))
        try:
            return _opened(context, path, password, password_kept=False)
        except WrongPassword as wrong:
            error = with_hint(context.inventory, read_limited(path), wrong)


def _open_store(context: Context, path: Path) -> OldFile:
    """Take the old one out of a store with a password of its own, which nothing new is to have."""
    error: StorePasswordWrong | None = None
    while True:
        primary = ask_primary(context.face, mask_numbers(str(path.parent)), error)
        if primary is None:
            raise OldCertificateLost(issuer=context.issuer_name, phone=context.profile.contact.phone)
        try:
            return replace(_opened(context, path, primary, password_kept=False), password=Secret(""))
        except StorePasswordWrong as wrong:
            error = wrong


def _opened(context: Context, path: Path, password: Secret, *, password_kept: bool) -> OldFile:
    certificates = list(context.face.wait("open", lambda: context.medium.open_old(path, password)))
    for old in certificates:
        cn, serial = mask_numbers(old.certificate.subject_cn), old.certificate.serial_hex
        context.face.tell(Event("opened", {"cn": cn, "serial": serial}))
    return OldFile(path, password, certificates, password_kept)
