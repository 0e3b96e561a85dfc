"""The adapter of each kind of store; imported only when one of its kind is met, for each needs libraries of its own."""

from __future__ import annotations

from certtray.core.store import Store
from certtray.stores.base import Adapter


def adapter_of(store: Store) -> Adapter:
    """Return what reads and writes stores of this kind."""
    match store.kind:
        case "nss":
            from certtray.stores.nss_write import NssAdapter

            return NssAdapter()
        case "windows":
            from certtray.stores.windows import WindowsAdapter
            from certtray.stores.windows_native import Crypt32

            return WindowsAdapter(Crypt32())
        case "keychain":
            from certtray.stores.keychain import KeychainAdapter
            from certtray.stores.keychain_export import export
            from certtray.stores.keychain_native import SecurityTool

            return KeychainAdapter(SecurityTool(), export)
        case "hicos":
            from certtray.stores.hicos import HicosAdapter

            return HicosAdapter()
