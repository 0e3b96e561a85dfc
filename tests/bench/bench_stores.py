"""Reading a browser's database of 500 certificates with their key state, against certutil -L and -K (issue 5)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from certtray.core.store import Store
from certtray.inventory.db import Inventory
from certtray.stores.nss import read_store
from tests.bench.row import Row, best
from tests.makers import holder, nss_database, run_tool, spare_key

MANY, KEYS = 500, 4


def rows(many: int = MANY) -> list[Row]:
    """Measure everything."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        store = Store("nss", "Firefox", "bench", _filled(root, many))
        assert sum(held.has_key for held in read_store(store).held) == many, "not every certificate was read"

        def peer() -> None:
            for option in ("-L", "-K"):
                run_tool("certutil", option, "-d", f"sql:{store.folder}")

        with Inventory.open(root / "bench.sqlite") as inventory:
            assert inventory.stores.merge([(store, read_store(store))])
            reading = best(lambda: read_store(store), 20)
            whole = best(lambda: inventory.stores.merge([(store, read_store(store))]), 20)
        listed = best(peer, 3)
        return [
            _row(f"read {many} certificates with key state, against certutil", reading, listed),
            _row(f"… and compared with the inventory, {many} certificates", whole, listed),
        ]


def _filled(root: Path, many: int) -> Path:
    """Make a database of ``many`` certificates over a few keys: NSS takes keys one file at a time, certificates by batch."""
    parties = [
        holder(f"A123456789-00-{number:04}::PCC005", key=spare_key(number % KEYS), serial=1000 + number)
        for number in range(many)
    ]
    database = nss_database(root / "db", parties[:KEYS], chain=False)
    lines = []
    for number, party in enumerate(parties[KEYS:]):
        (root / f"{number}.der").write_bytes(party.der)
        lines.append(f"-A -n n{number} -t ,, -i {root / f'{number}.der'}\n")
    (root / "batch").write_text("".join(lines), "utf-8")
    run_tool("certutil", "-B", "-i", root / "batch", "-d", f"sql:{database}")
    return database


def _row(what: str, figure: float, peer: float) -> Row:
    return Row(what, figure, peer, peer / figure, "<= 10 ms", figure <= 0.010)
