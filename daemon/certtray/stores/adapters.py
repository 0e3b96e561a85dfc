"""The adapter of each kind of store; imported only when one of its kind is met, for each needs libraries of its own."""

from __future__ import annotations

import logging

from certtray.core.store import Reading, Store, Unread
from certtray.stores.base import Adapter
from certtray.stores.nss import read_store

log = logging.getLogger(__name__)


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


def read(store: Store) -> Reading:
    """Read any store; raises nothing. NSS without what its writing needs: listing must start fast."""
    if store.kind == "nss":
        return read_store(store)
    try:
        return adapter_of(store).read(store)
    except OSError as error:  # the system's libraries cannot be loaded
        log.warning("%s cannot be read: %s", store.label, error)
        return Reading(reason=Unread.NO_ACCESS)
