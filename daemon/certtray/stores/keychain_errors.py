"""What a keychain's failures mean: by number where the system told one, else by the tool's English words.

Where the tool speaks another language, its own words are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from certtray.core.errors import (
    CertificateGone,
    CertTrayError,
    KeyNotExportable,
    StoreDamaged,
    StoreFull,
    StoreNoAccess,
    StoreRefused,
    StoreUnreachable,
)
from certtray.core.masks import mask_numbers
from certtray.core.store import Store, Unread
from certtray.stores.keychain_export import ITEM_NOT_FOUND
from certtray.stores.keychain_native import KeychainFailure

_CANCELLED: Final = (-128, "User canceled")
_NOT_EXPORTABLE: Final = (-25258, -67738)
"""errSecKeyIsSensitive, errSecInvalidKeyAttributeMask."""
_NO_ACCESS: Final = {
    -25308: "User interaction is not allowed",
    -25293: "passphrase you entered is not correct",
    -25292: "keychain cannot be modified",
    -25243: "no access",
    -61: "write permissions error",
}
_FULL: Final = (-34, "disk is full")
_DAMAGED: Final = (-25295, "not a valid keychain file")
_ABSENT: Final = (-25294, "keychain could not be found")


def unread(failure: KeychainFailure) -> Unread:
    """Say why a keychain could not be read."""
    if _means(failure, *_ABSENT):
        return Unread.NO_DATABASE
    return Unread.DAMAGED if _means(failure, *_DAMAGED) else Unread.NO_ACCESS


def _means(failure: KeychainFailure, status: int, words: str) -> bool:
    return failure.status == status or words.lower() in failure.said.lower()


@contextmanager
def named(store: Store) -> Iterator[None]:
    """Give a failure of the keychain its name of ours."""
    try:
        yield
    except KeychainFailure as failure:
        raise _error(store, failure) from None
    except FileNotFoundError:
        raise StoreUnreachable(store=store.label, rule="no_library", package="security") from None


def _error(store: Store, failure: KeychainFailure) -> CertTrayError:
    name, path = store.label, mask_numbers(str(store.folder))
    if failure.status in _NOT_EXPORTABLE:
        return KeyNotExportable(store=name)
    if failure.status == ITEM_NOT_FOUND:
        return CertificateGone(store=name)
    if _means(failure, *_CANCELLED):
        return StoreRefused(store=name, reason=failure.said, rule="cancelled")
    if any(_means(failure, *each) for each in _NO_ACCESS.items()):
        return StoreNoAccess(store=name, path=path)
    if _means(failure, *_FULL):
        return StoreFull(store=name, path=path)
    if _means(failure, *_DAMAGED) or _means(failure, *_ABSENT):
        return StoreDamaged(store=name, path=path)
    return StoreRefused(store=name, reason=failure.said)
