"""The contract of every store of the system or a browser that certificates are written into.

A store asks nothing and knows no issuer. One certificate is always meant by the SHA-256 of its DER (lower-case hex): nicknames and
subjects are shared by the old and the new one (STACK.md A1). A password is used once for each call and never a second time.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from certtray.core.secret import Secret
from certtray.core.store import Reading, Store


@dataclass(frozen=True, slots=True)
class Parcel:
    """A certificate with its private key and the authorities above it, the issuing one first; a root may be among them."""

    certificate: bytes
    """DER."""
    key: Secret
    """Base64 of the unencrypted PKCS#8 DER (RFC 5958); RSA or EC."""
    authorities: tuple[bytes, ...]
    """DER."""
    name: str = ""
    """The person's own name for it (2-07), for ``put`` in a store that has names; ``take`` gives none."""

    @classmethod
    def of(cls, certificate: bytes, pkcs8: bytes, authorities: tuple[bytes, ...], name: str = "") -> Parcel:
        """Make a parcel of a key's PKCS#8 DER."""
        return cls(certificate, Secret(b64encode(pkcs8).decode()), authorities, name)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, lower-case hex."""
        return sha256(self.certificate).hexdigest()

    def pkcs8(self) -> bytes:
        """Return the key's PKCS#8 DER, for the one call that needs it."""
        return b64decode(self.key.reveal())


@dataclass(frozen=True, slots=True)
class Protection:
    """Flags of a stored key: each use asks or confirms; it may be copied out again. Where a store has none they mean nothing."""

    strong: bool = False
    exportable: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """What must be known before a store is written to: its program runs just now; it has a password of its own (NSS: primary)."""

    running: bool
    asks_password: bool


class Adapter(Protocol):
    """One kind of store.

    What ``put``, ``take`` and ``remove`` raise: StoreBusy (another program writes, also after a bounded wait), StoreNoAccess,
    StoreDamaged, StoreFull, StorePasswordNeeded, StorePasswordWrong (after one try), StoreUnreachable (what is needed to write
    it is not here), StoreRefused (anything else the store says). A change that is not there when the store is read again is
    StoreRefused too. What was begun and failed leaves the store as it was, or is completed by repeating the call.
    """

    @property
    def writes(self) -> bool:
        """Whether this kind can be written to at all; else put, take and remove raise StoreUnreachable."""
        ...

    @property
    def protects(self) -> bool:
        """Whether the flags of ``Protection`` mean something here."""
        ...

    def read(self, store: Store) -> Reading:
        """Read what the store holds; raises nothing, needs no password."""
        ...

    def state(self, store: Store) -> State:
        """Say what must be known beforehand; slow, changes nothing. StoreUnreachable, StoreDamaged, StoreNoAccess, StoreBusy."""
        ...

    def put(self, store: Store, parcel: Parcel, password: Secret | None, protection: Protection) -> None:
        """Put certificate, key and authorities there, and read them again; repeating it changes nothing more.

        A store that does not exist yet is created for this person only (0700). Trust in the authorities is not changed.
        BrowserRunning where the store can only be written while its program is closed.
        """
        ...

    def take(self, store: Store, fingerprint: str, password: Secret | None) -> Parcel:
        """Copy a certificate with its key out, with the authorities above it that are there.

        CertificateGone, KeyMissing (Facts: path, the store's label), KeyNotExportable.
        """
        ...

    def remove(self, store: Store, fingerprint: str, password: Secret | None) -> None:
        """Take one certificate away, and its key unless another certificate there has the same; CertificateGone."""
        ...
