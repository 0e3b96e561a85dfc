"""A card made known to an NSS database: its certificates without any key, and the module by which a browser reaches the card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from certtray.core.errors import FileTooLarge, FileUnreadable, StoreNoAccess, StoreRefused
from certtray.core.masks import mask_numbers
from certtray.core.store import Store
from certtray.stores.nss import read_store
from certtray.stores.nss_modules import OURS, Entry, modules_of
from certtray.stores.nss_write import Nicknames, ask, reread, text_of

KIND: Final = "nss"
"""Windows and macOS show a card's certificates in their own stores by themselves, through the vendor's driver."""


def reaches_cards(store: Store) -> bool:
    """Say whether a module can be named to a store's browser: one from a Snap or Flatpak would not see its file."""
    return store.kind == KIND and "(" not in store.name


def module_entry(store: Store, library: Path) -> Entry | None:
    """Return the entry by which a store's browser loads this library, whoever made it; StoreNoAccess."""
    wanted = library.resolve()
    return next((each for each in _entries(store) if Path(each.library).resolve() == wanted), None)


def own_entries(store: Store) -> tuple[Entry, ...]:
    """Return the entries we made in a store; StoreNoAccess."""
    return tuple(each for each in _entries(store) if each.ours)


def register(
    store: Store, name: str, library: Path, certificates: Sequence[bytes], authorities: Sequence[bytes]
) -> None:
    """Put certificates and authorities there and name the module; what is there stays. As ``base.Adapter.put``, no password.

    An entry for the same library that somebody else made serves as well: loading it twice would break both.
    """
    held = read_store(store).held
    names, there = Nicknames(held), {each.der for each in held}
    wanted = [*authorities, *certificates]
    entry = module_entry(store, library) or Entry(f"{name}{OURS}", str(library))
    ask(
        store,
        "register",
        certificates=[[text_of(der), names.of(der)] for der in wanted if der not in there],
        module=[entry.name, entry.library],
    )
    now = {each.der for each in reread(store).held}
    if module_entry(store, library) is None or not now.issuperset(wanted):
        raise StoreRefused(store=store.label, reason="reads back differently")


def unregister(store: Store, entry: Entry, certificates: Sequence[bytes]) -> None:
    """Take the module's entry and certificates away; one that has its key there stays. As ``base.Adapter.remove``, no password."""
    bare = [each.der for each in read_store(store).held if not each.has_key and each.der in certificates]
    ask(store, "unregister", certificates=[text_of(der) for der in bare], module=entry.name)
    left = {each.der for each in reread(store).held}
    if entry in _entries(store) or left.intersection(bare):
        raise StoreRefused(store=store.label, reason="reads back differently")


def _entries(store: Store) -> tuple[Entry, ...]:
    try:
        return modules_of(store.folder)
    except (FileUnreadable, FileTooLarge):
        raise StoreNoAccess(store=store.label, path=mask_numbers(str(store.folder))) from None
