"""Every kind of store that can be written to on this machine, for the contract in ``test_writing``."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.secret import Secret
from certtray.core.store import Store
from certtray.crypto.keys import pkcs8
from certtray.stores.adapters import adapter_of
from certtray.stores.base import Adapter, Parcel
from tests.makers import Party, issue, name, run_tool

PRIMARY = "主密碼 primary-7"


@dataclass(frozen=True)
class Kind:
    """One kind: a fresh store below a folder, and how a password of its own is set there (None: it has none)."""

    name: str
    make: Callable[[Path], Store]
    set_password: Callable[[Store, str], None] | None
    beside: Callable[[Store], bytes]
    """All octets a store consists of, to see that nothing was changed."""

    nicknames: bool = True
    """Whether people who share a common name are told apart by name."""

    def adapter(self, store: Store) -> Adapter:
        return adapter_of(store)

    @contextmanager
    def opened(self, store: Store) -> Iterator[Adapter]:
        """Give the adapter for as long as a test lasts."""
        yield self.adapter(store)


def _chromium(folder: Path) -> Store:
    return Store("nss", "Chromium, Chrome, Edge, Brave", "", folder / "home dir" / "nssdb")


def _firefox(folder: Path) -> Store:
    return Store("nss", "Firefox", "設定檔", folder / "firefox" / "設定檔.default")


def _set_primary(tools: str) -> Callable[[Store, str], None]:
    """Set a primary password as the browser of these libraries does."""

    def set_password(store: Store, password: str) -> None:
        store.folder.mkdir(parents=True, exist_ok=True)
        secret = store.folder.parent / "primary"
        secret.write_text(password + "\n", "utf-8")
        environment = ["env", f"LD_LIBRARY_PATH={tools}"] if tools else []
        run_tool(*environment, "certutil", "-N", "-d", f"sql:{store.folder}", "-f", secret)

    return set_password


def _files(store: Store) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(store.folder.iterdir()))


def firefox_library() -> str:
    """Where the installed Firefox keeps its own NSS."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    assert found, "Firefox is not installed: make setup"
    return str(Path(found).resolve().parent)


KINDS = [
    Kind("nss-system", _chromium, _set_primary(""), _files),
    Kind("nss-firefox", _firefox, _set_primary(firefox_library()), _files),
]


def parcel(party: Party) -> Parcel:
    """Return what an installation carries."""
    return Parcel.of(party.der, pkcs8(party.key), tuple(each.public_bytes(Encoding.DER) for each in party.chain))


def fingerprint(party: Party) -> str:
    return sha256(party.der).hexdigest()


def elliptic(cn: str, issuer: Party) -> Party:
    """A certificate of an EC key; the makers' parties are all RSA."""
    return issue(name(cn), issuer=issuer, key=ec.generate_private_key(ec.SECP256R1()), serial=77)  # type: ignore[arg-type]


def secret(text: str = PRIMARY) -> Secret:
    return Secret(text)
