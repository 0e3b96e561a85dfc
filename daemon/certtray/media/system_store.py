"""Keys in the system's store (2-07, 3-04): on Linux the NSS database the browsers share.

Old and new stand there side by side, told apart by their DER. A place is a path that names store and common name, and is no file.
Until a key is in the store it is kept as a file's would be, under the password the person chose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from certtray.core.certificate import Certificate
from certtray.core.errors import KeyMissing, PasswordNeeded, UnsupportedAlgorithm
from certtray.core.secret import Secret
from certtray.core.store import Store
from certtray.crypto.content import Kind
from certtray.crypto.keys import load_pkcs8, pkcs8
from certtray.crypto.pfx import open_pfx
from certtray.media.base import OldCertificate, Unlock
from certtray.media.pfx import NEW_FILE, PfxFiles
from certtray.rules.profile import Profile
from certtray.rules.profiles import match
from certtray.stores.adapters import adapter_of
from certtray.stores.base import Parcel, Protection
from certtray.stores.relatives import above, understood
from certtray.system.files import read_limited


@dataclass(frozen=True)
class SystemStoreMedium(PfxFiles):
    """The keys of one issuer in ``store``; ``former`` is the folder of PFX files where they were kept before it was reached."""

    store: Store
    profile: Profile
    former: Path
    kind: ClassVar[Kind] = "system_store"
    names_keys: ClassVar[bool] = True

    @property
    def beside(self) -> bool:
        """A store holds many."""
        return True

    def place(self, holder: str, cn: str) -> Path:
        """Return what names the certificates of ``cn``; a holder may have several (3-33)."""
        del holder
        return self.store.folder / re.sub("[^A-Za-z0-9-]", "_", cn)

    def kept(self) -> Sequence[Path]:
        """Return the places of this issuer's certificates with their keys, and files of the former store."""
        places = {self.place("", each.subject_cn): None for each in self._own()}
        files = sorted(self.former.glob("*.pfx"))
        return [*places, *(path for path in files if self.store.folder / path.stem not in places)]

    def locked(self, path: Path) -> bool:
        """Ask the store, or look into the file."""
        return super().locked(path) if path.is_file() else adapter_of(self.store).state(self.store).asks_password

    def open_old(self, path: Path, password: Secret) -> list[OldCertificate]:
        """Take the certificates of a common name out with their keys, the newest last; or open a file.

        StorePasswordWrong, StorePasswordNeeded, KeyMissing, and what else the store says.
        """
        if path.is_file():
            return super().open_old(path, password)
        adapter, found = adapter_of(self.store), []
        for certificate in self._own():
            if self.place("", certificate.subject_cn) == path:
                parcel = adapter.take(self.store, certificate.fingerprint, password or None)
                key = load_pkcs8(parcel.pkcs8())
                if not isinstance(key, RSAPrivateKey):
                    raise UnsupportedAlgorithm(path=self.store.label, algorithm="EC")
                found.append(OldCertificate(certificate, parcel.certificate, key))
        if not found:
            raise KeyMissing(path=self.store.label)
        return sorted(found, key=lambda each: (each.certificate.not_after, each.certificate.not_before))

    def install(self, folder: Path, target: Path, archive: Path, unlock: Unlock) -> Path | None:
        """Put each pair into the store; nothing is replaced, and None returned. PasswordNeeded, and what the store says."""
        del target, archive
        path = folder / NEW_FILE
        if unlock.pending is None:
            raise PasswordNeeded(path=str(path))
        for parcel in unlock.parcels or _parcels(path, unlock.pending):
            adapter_of(self.store).put(self.store, parcel, unlock.store, Protection())
        return None

    def _own(self) -> list[Certificate]:
        """Return this issuer's certificates that lie there with their keys."""
        found = []
        for each in adapter_of(self.store).read(self.store).held:
            certificate = understood(each.der)
            if certificate and each.has_key and match(certificate, (self.profile,)) is not None:
                found.append(certificate)
        return found


def _parcels(path: Path, password: Secret) -> list[Parcel]:
    content = open_pfx(read_limited(path), password, str(path))
    return [
        Parcel.of(pair.der, pkcs8(pair.private_key), above(pair.der, content.others), pair.friendly_name or "")
        for pair in content.pairs
    ]
