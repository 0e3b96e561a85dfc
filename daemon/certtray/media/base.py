"""Where an operation's key lives: one contract for PFX files, the system's store and tokens (DESIGN.md, idea 2).

A medium asks nothing and knows no issuer. An operation calls ``new_keys`` → ``keep`` → (the issuer issues) → ``assemble`` →
``install``; after an interruption ``reopen`` stands in for the first two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from certtray.core.certificate import Certificate, Usage
from certtray.core.secret import Secret
from certtray.crypto.content import Kind as FileKind
from certtray.crypto.pfx import Pfx
from certtray.stores.base import Parcel

Kind = FileKind | Literal["token"]
"""What the inventory calls a medium."""


@dataclass(frozen=True, slots=True)
class OldCertificate:
    """A certificate about to be replaced, with its key; a token's key stands in as one that signs and decrypts on the device."""

    certificate: Certificate
    der: bytes
    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Assembled:
    """What is complete and has signed: the holder's certificates, the SHA-256 (hex) of their file, and what was read back.

    On a token there is no file: empty and None.
    """

    certificates: tuple[Certificate, ...]
    file_sha256: str
    content: Pfx | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unlock:
    """What putting a key into a store takes: the password it was kept under so far, and the store's own."""

    pending: Secret | None = None
    store: Secret | None = None
    parcels: tuple[Parcel, ...] = ()
    """What lies under ``pending``, where it was opened already: that takes a second or more."""


class PendingKeys(Protocol):
    """The new keys of one operation, one for each usage, in the order of ``requests``."""

    @property
    def requests(self) -> Sequence[bytes]:
        """PKCS#10 requests, DER, one for each key."""
        ...

    def keep(self, folder: Path, password: Secret) -> None:
        """Make the keys and requests durable in ``folder``; WriteFailed."""
        ...

    def assemble(self, certificates: Sequence[bytes], folder: Path, password: Secret, label: str) -> Assembled:
        """Join keys and issued certificates (DER, chain included) in ``folder``, read it back and let each key sign.

        ``label`` is the person's name for the key; empty where none was asked for.
        """
        ...

    def discard(self) -> None:
        """Undo what making them left behind, where no operation came of it."""
        ...


class Medium(Protocol):
    """What a flow needs from the place where keys live."""

    @property
    def kind(self) -> Kind:
        """What the inventory calls it."""
        ...

    @property
    def names_keys(self) -> bool:
        """Whether the person gives each key a name (2-07)."""
        ...

    @property
    def sealed(self) -> bool:
        """Whether pending keys lie on disk, under a password that the person chooses."""
        ...

    @property
    def beside(self) -> bool:
        """Whether new and old stand side by side: the new one need not wait for its first day, and ``install`` needs passwords."""
        ...

    def place(self, holder: str, cn: str) -> Path:
        """Return where the certificates of a holder, or of one of their common names, go unless another place is chosen."""
        ...

    def kept(self) -> Sequence[Path]:
        """Return what could be renewed, where the medium itself knows; a file that may lie anywhere it does not."""
        ...

    def locked(self, path: Path) -> bool:
        """Say whether what is to be renewed needs a password, before one is asked for in vain; KeyMissing, or as ``open_old``."""
        ...

    def open_old(self, path: Path, password: Secret) -> Sequence[OldCertificate]:
        """Open what is to be renewed, the soonest to expire first; WrongPassword, KeyMissing, DamagedFile …"""
        ...

    def new_keys(self, usages: Sequence[Usage], bits: int, common_name: str, folder: Path) -> PendingKeys:
        """Make a key and a request for each usage; slow. ``folder`` is where the operation will be kept."""
        ...

    def reopen(self, folder: Path, password: Secret) -> PendingKeys:
        """Open what ``PendingKeys.keep`` kept; WrongPassword, DamagedFile."""
        ...

    def install(self, folder: Path, target: Path, archive: Path, unlock: Unlock) -> Path | None:
        """Put what was assembled in ``folder`` where programs look, the former one into ``archive`` first.

        Returns where the former one went, None where there was none. Repeating it after a crash does no harm. A store asks for
        its own password by StorePasswordNeeded and StorePasswordWrong.
        """
        ...
