"""Keys in a PFX file (PKCS#12, RFC 7292): systems 0 and 1."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from certtray.core.certificate import Usage
from certtray.core.errors import (
    DamagedFile,
    IssuerAnswerInvalid,
    KeyMissing,
    PasswordNeeded,
    UnsupportedAlgorithm,
    WriteFailed,
)
from certtray.core.secret import Secret
from certtray.crypto.content import Kind
from certtray.crypto.der import facts
from certtray.crypto.files import read_certificates
from certtray.crypto.keys import new_key, open_key, public_hash, seal_key, signs_for
from certtray.crypto.pfx import KeyPair, open_pfx
from certtray.crypto.pfx_write import write_pfx
from certtray.crypto.request import build_request
from certtray.media.base import Assembled, OldCertificate, Unlock
from certtray.rules.profile import FilePlan
from certtray.system.archive import replace_archived
from certtray.system.files import read_limited, write_atomic

NEW_FILE = "new.pfx"


@dataclass(frozen=True, slots=True)
class PfxKeys:
    """Private keys in memory with their usages and requests."""

    usages: tuple[Usage, ...]
    private_keys: tuple[RSAPrivateKey, ...] = field(repr=False)
    requests: tuple[bytes, ...] = field(repr=False)
    compatible: bool

    def keep(self, folder: Path, password: Secret) -> None:
        """Write ``key-<usage>.p8``, encrypted under the password the new file will have, and ``request-<usage>.p10``."""
        for usage, key, request in zip(self.usages, self.private_keys, self.requests, strict=True):
            write_atomic(folder / f"key-{usage}.p8", seal_key(key, password))
            write_atomic(folder / f"request-{usage}.p10", request)

    def assemble(self, certificates: Sequence[bytes], folder: Path, password: Secret, label: str) -> Assembled:
        """Write the new file and prove it; IssuerAnswerInvalid when a key has no certificate."""
        by_key = {facts(der).key_hash: der for der in certificates}
        pairs = []
        for key in self.private_keys:
            der = by_key.pop(public_hash(key), None)
            if der is None:
                raise IssuerAnswerInvalid(host="", reason="no certificate for the requested key")
            certificate = facts(der)
            pairs.append(KeyPair(key, certificate, der, label or certificate.subject_cn))
        path = folder / NEW_FILE
        write_atomic(path, write_pfx(pairs, tuple(by_key.values()), password, compatible=self.compatible))
        written = read_limited(path)
        again = open_pfx(written, password, str(path))
        if len(again.pairs) != len(pairs) or not all(signs_for(pair.private_key, pair.der) for pair in again.pairs):
            raise WriteFailed(path=str(path), reason="the new file does not sign")
        own = tuple(pair.certificate for pair in again.pairs)
        return Assembled(own, hashlib.sha256(written).hexdigest(), again)

    def discard(self) -> None:
        """They were in memory only."""


@dataclass(frozen=True)
class PfxFiles:
    """What all media share whose keys lie in PFX files."""

    @property
    def compatible(self) -> bool:
        """Whether to write 3DES and SHA-1, which the brokers' own programs read."""
        return False

    @property
    def sealed(self) -> bool:
        """They do, from ``PfxKeys.keep`` on."""
        return True

    @property
    def beside(self) -> bool:
        """A file replaces the former one."""
        return False

    def locked(self, path: Path) -> bool:
        """Look into the file; what is no PFX has no key for us."""
        try:
            content = read_certificates(read_limited(path), str(path))
        except PasswordNeeded:
            return True
        if content.kind != "pfx":
            raise KeyMissing(path=str(path))
        return False

    def open_old(self, path: Path, password: Secret) -> list[OldCertificate]:
        """Return every RSA key pair of the file, the soonest to expire first."""
        old = [
            OldCertificate(pair.certificate, pair.der, pair.private_key)
            for pair in open_pfx(read_limited(path), password, str(path)).pairs
            if isinstance(pair.private_key, RSAPrivateKey)
        ]
        if not old:
            raise UnsupportedAlgorithm(path=str(path), algorithm="EC")
        return sorted(old, key=lambda each: each.certificate.not_after)

    def new_keys(self, usages: Sequence[Usage], bits: int, common_name: str, folder: Path) -> PfxKeys:
        """Make RSA keys of ``bits`` and their requests."""
        del folder
        keys = tuple(new_key(bits) for _ in usages)
        requests = tuple(build_request(key, common_name) for key in keys)
        return PfxKeys(tuple(usages), keys, requests, self.compatible)

    def reopen(self, folder: Path, password: Secret) -> PfxKeys:
        """Decrypting verifies the password (DESIGN.md, part 4.3); KeyMissing where nothing was kept."""
        files = sorted(folder.glob("key-*.p8"))
        if not files:
            raise KeyMissing(path=str(folder))
        usages = tuple(Usage(file.stem.removeprefix("key-")) for file in files)
        keys = []
        for file in files:
            key = open_key(read_limited(file), password, str(file))
            if not isinstance(key, RSAPrivateKey):
                raise DamagedFile(path=str(file), reason="not an RSA key")
            keys.append(key)
        requests = tuple(read_limited(folder / f"request-{usage}.p10") for usage in usages)
        return PfxKeys(usages, tuple(keys), requests, self.compatible)

    def install(self, folder: Path, target: Path, archive: Path, unlock: Unlock) -> Path | None:
        """Copy the former file into ``archive/<hash>/``, then replace it."""
        del unlock
        return replace_archived(target, read_limited(folder / NEW_FILE), archive)


@dataclass(frozen=True)
class PfxMedium(PfxFiles):
    """A file where the issuer's own programs look."""

    plan: FilePlan
    kind: ClassVar[Kind] = "pfx"
    names_keys: ClassVar[bool] = False

    @property
    def compatible(self) -> bool:
        """As the issuer's programs need it."""
        return self.plan.compatible

    def place(self, holder: str, cn: str) -> Path:
        """Return the default file of ``holder`` (0-15)."""
        del cn
        return self.plan.place(holder)

    def kept(self) -> Sequence[Path]:
        """Nothing is known: the file may lie anywhere (0-17)."""
        return ()
