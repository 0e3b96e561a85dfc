"""What Windows' error numbers mean for a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from certtray.core.errors import (
    CertTrayError,
    KeyMissing,
    KeyNotExportable,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreNoAccess,
    StoreRefused,
)
from certtray.core.store import Store, Unread
from certtray.stores import windows_api as api
from certtray.stores.windows_api import WindowsFailure


def unread(number: int) -> Unread:
    """Say why a store could not be read."""
    if number in api.ABSENT:
        return Unread.NO_DATABASE
    if number in api.BUSY:
        return Unread.LOCKED
    return Unread.DAMAGED if number in api.DAMAGED else Unread.NO_ACCESS


@contextmanager
def named(store: Store, *, exporting: bool = False) -> Iterator[None]:
    """Give a failure of Windows its name of ours; ``exporting``: some numbers mean the key then."""
    try:
        yield
    except WindowsFailure as failure:
        raise _error(store, failure.number, exporting) from None


def _error(store: Store, number: int, exporting: bool) -> CertTrayError:
    if exporting and number in api.NOT_EXPORTABLE:
        return KeyNotExportable(store=store.label)
    if exporting and number in api.NO_SUCH_KEY:
        return KeyMissing(path=store.label)
    if number in api.CANCELLED:
        return StoreRefused(store=store.label, reason=f"0x{number:08X}", rule="cancelled")
    if number in api.ACCESS_DENIED:
        return StoreNoAccess(store=store.label, path=str(store.folder))
    if number in api.BUSY:
        return StoreBusy(store=store.label)
    if number in api.FULL:
        return StoreFull(store=store.label, path=str(store.folder))
    if number in api.DAMAGED:
        return StoreDamaged(store=store.label, path=str(store.folder))
    return StoreRefused(store=store.label, reason=f"0x{number:08X}")
