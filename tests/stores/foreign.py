"""Windows and macOS as they are documented, as kinds of store for the contract in ``test_writing``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certtray.core.store import Store
from certtray.stores.base import Adapter
from certtray.stores.every import CURRENT_USER, WINDOWS
from certtray.stores.keychain import KeychainAdapter
from certtray.stores.keychain_native import SecurityTool
from certtray.stores.windows import WindowsAdapter
from tests.stores.fake_frameworks import Frameworks
from tests.stores.fake_security import Keychain, Tool
from tests.stores.fake_windows import Windows
from tests.stores.kinds import Kind

WINDOWS_STORE = Store("windows", WINDOWS, "", CURRENT_USER)


@contextmanager
def windows() -> Iterator[tuple[Windows, WindowsAdapter]]:
    """One person's Windows; at the end nothing that it gave out may be left open."""
    made = Windows()
    yield made, WindowsAdapter(made.crypt32)
    assert made.left_open() == []


class _WindowsKind(Kind):
    @contextmanager
    def opened(self, store: Store) -> Iterator[Adapter]:
        del store
        with windows() as (_, adapter):
            yield adapter


class Mac:
    """One person's macOS with an empty login keychain."""

    def __init__(self, folder: Path) -> None:
        self.store = Store("keychain", "macOS", "", folder / '登入 "login"' / "login.keychain-db")
        self.chain = Keychain()
        self.system = Keychain()
        self.tool = Tool({str(self.store.folder): self.chain, "/Library/Keychains/System.keychain": self.system})
        self.frameworks = Frameworks(self.tool)


@contextmanager
def mac(folder: Path) -> Iterator[tuple[Mac, KeychainAdapter]]:
    """Give it with its tool installed; at the end all that the frameworks made is released."""
    made = Mac(folder)
    with made.tool.installed(folder) as program:
        yield made, KeychainAdapter(SecurityTool(program), made.frameworks.export)
    assert made.frameworks.made == {}


class _MacKind(Kind):
    @contextmanager
    def opened(self, store: Store) -> Iterator[Adapter]:
        with mac(store.folder.parent.parent) as (_, adapter):
            yield adapter


def _windows_store(folder: Path) -> Store:
    del folder
    return WINDOWS_STORE


def _nothing(store: Store) -> bytes:
    del store
    return b""


FOREIGN = [
    _WindowsKind("windows", _windows_store, None, _nothing, nicknames=False),
    _MacKind("keychain", lambda folder: Mac(folder).store, None, _nothing, nicknames=False),
]
