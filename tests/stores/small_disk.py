"""``python -m tests.stores.small_disk CASE FOLDER``: writing into an NSS database on a disk that is full or cannot be written.

Runs in a mount namespace of its own (see ``test_nss_write``); each case asserts what must hold,
and prints how often the disk refused.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from certtray.core.errors import StoreFull, StoreNoAccess
from certtray.core.store import Store
from certtray.stores.base import Protection
from certtray.stores.nss_write import NssAdapter
from tests.makers import ALICE, BRUNO, holder, spare_key
from tests.stores.kinds import parcel
from tests.stores.whole import assert_whole

PAGE = 4096
OLD, NEW = holder(ALICE), holder(BRUNO, key=spare_key(2), serial=7)


def full(folder: Path) -> int:
    """Every room from none to where it fits: refused with nothing half-written, and completed by repeating."""
    ready, refused = folder / "ready", 0
    NssAdapter().put(Store("nss", "Chromium", "", ready), parcel(OLD), None, Protection())
    for room in range(0, 48, 6):
        place = folder / f"{room}"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", place], check=True)
        store = Store("nss", "Chromium", "", Path(shutil.copytree(ready, place / "db")))
        filler = place / "filler"
        facts = os.statvfs(place)
        filler.write_bytes(bytes(facts.f_bavail * facts.f_frsize - room * PAGE))
        try:
            NssAdapter().put(store, parcel(NEW), None, Protection())
        except StoreFull:
            refused += 1
        held = assert_whole(store.folder)
        assert held[OLD.der]
        filler.unlink()
        NssAdapter().put(store, parcel(NEW), None, Protection())
        assert assert_whole(store.folder)[NEW.der]
        subprocess.run(["umount", place], check=True)
    return refused


def read_only(folder: Path) -> int:
    """A disk mounted read-only: said so, nothing changed; reading goes on."""
    store = Store("nss", "Chromium", "", folder / "db")
    NssAdapter().put(store, parcel(OLD), None, Protection())
    subprocess.run(["mount", "--bind", store.folder, store.folder], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", store.folder], check=True)
    try:
        NssAdapter().put(store, parcel(NEW), None, Protection())
    except StoreNoAccess:
        assert assert_whole(store.folder)[OLD.der]
        assert NssAdapter().take(store, parcel_print(), None) == parcel(OLD)
        return 1
    return 0


def parcel_print() -> str:
    """The fingerprint of the old one."""
    from tests.stores.kinds import fingerprint

    return fingerprint(OLD)


if __name__ == "__main__":
    print({"full": full, "read-only": read_only}[sys.argv[1]](Path(sys.argv[2])))
