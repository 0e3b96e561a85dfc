"""Which stores there are, and the adapter of each kind; an adapter is imported only when one of its kind is met."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from certtray.core.store import Store
from certtray.stores.base import Adapter
from certtray.stores.browsers import browser_stores, shared_store


def stores_here(home: Path, environment: Mapping[str, str]) -> list[Store]:
    """Return every store of this person there is; their order numbers them for ``certtray stores`` and ``--to``."""
    return browser_stores(home, environment)


def system_store(home: Path, environment: Mapping[str, str]) -> Store | None:
    """Return what the manuals' "IE store" is here (DESIGN.md 9), there already or not; None where the platform has none.

    On Linux it is the NSS database that all browsers but Firefox share.
    """
    return shared_store(home, environment) if sys.platform == "linux" else None


def adapter_of(store: Store) -> Adapter:
    """Return what reads and writes stores of this kind."""
    match store.kind:
        case "nss":
            from certtray.stores.nss_write import NssAdapter

            return NssAdapter()
        case other:
            raise NotImplementedError(other)
