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
        case other:
            raise NotImplementedError(other)
