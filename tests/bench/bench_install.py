"""Installing one certificate into five stores, each with its browser's own NSS, against pk12util for each (issue 5)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from certtray.core.store import Store
from certtray.stores.base import Protection
from certtray.stores.nss_write import NssAdapter
from tests.bench.row import Row, best
from tests.makers import ALICE, holder, nss_database, openssl_pfx, run_tool, spare_key
from tests.stores.kinds import parcel

STORES, TRIES = 5, 5


def rows() -> list[Row]:
    """Measure it: each try a certificate that is in no store yet."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        stores = [Store("nss", "Firefox", f"{number}", root / f"{number}") for number in range(STORES)]
        for store in stores:
            nss_database(store.folder, [])
        (root / "secret").write_text("bench-1\n")
        parties = [holder(ALICE, serial=100 + number, key=spare_key(1)) for number in range(2 * TRIES)]
        for number, party in enumerate(parties[TRIES:]):
            openssl_pfx(root / f"{number}.pfx", party, "bench-1", friendly_name="holder", chain=True)
        parcels, files = map(parcel, parties[:TRIES]), iter(range(TRIES))

        def ours() -> None:
            new = next(parcels)
            for store in stores:
                NssAdapter().put(store, new, None, Protection())

        def peer() -> None:
            source = root / f"{next(files)}.pfx"
            for store in stores:
                run_tool("pk12util", "-i", source, "-d", f"sql:{store.folder}", "-w", root / "secret")

        return [_row(f"install into {STORES} stores, read back, against pk12util for each", ours, peer)]


def _row(what: str, ours: Callable[[], None], peer: Callable[[], None]) -> Row:
    figure, beside = best(ours, TRIES), best(peer, TRIES)
    return Row(what, figure, beside, figure / beside, "–", held=True)
