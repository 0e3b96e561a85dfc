"""The scan: what changed on disk since the last one, read and merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from certtray.core.secret import Secret
from certtray.inventory.db import Inventory
from certtray.inventory.model import Changes, Stamp
from certtray.inventory.reading import Reader, observe
from certtray.stores.folders import Found

BATCH = 200
"""Files merged at once: a scan that is killed keeps what it had."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one scan did: files met by the walk, files read, and the changes."""

    met: int
    read: int
    changes: Changes


def refresh(
    inventory: Inventory, walk: Iterable[Found], read: Reader, now: datetime, passwords: Sequence[Secret] = ()
) -> Refreshed:
    """Bring the inventory up to what ``walk`` finds; files it knows elsewhere are looked after too.

    Unchanged files are not opened. A bad file becomes an entry of its own and stops nothing. Raises WriteFailed and
    InventoryUnusable.
    """
    scan = _Scan(inventory.known(retry_locked=bool(passwords)))
    changes: list[Changes] = []
    read_count = 0
    unlike = scan.unlike(walk)
    while batch := list(islice(unlike, BATCH)):
        # Read first, merge then: other processes must not wait for a slow disk.
        seen = [
            observe(path, stamp, inventory=inventory, read=read, now=now, passwords=passwords) for path, stamp in batch
        ]
        changes.append(inventory.merge(seen))
        read_count += len(seen)
    if scan.vanished:
        changes.append(inventory.merge((), scan.vanished))
    return Refreshed(len(scan.met), read_count, _sum(changes))


class _Scan:
    """Compares what is there with what is known."""

    def __init__(self, known: dict[str, tuple[str, int, int, int, int]]) -> None:
        self._known = known
        self.met: set[str] = set()
        self.vanished: list[str] = []

    def unlike(self, walk: Iterable[Found]) -> Iterator[tuple[str, Stamp]]:
        """Yield every file that is new or not as it was."""
        known, met = self._known, self.met
        for found in walk:
            path = found.path
            if path in met:
                continue  # folders may overlap
            met.add(path)
            if known.get(path) != found:
                yield path, Stamp(*found[1:])
        yield from self._elsewhere()

    def _elsewhere(self) -> Iterator[tuple[str, Stamp]]:
        """Look at the known files no walk met: gone, or in a folder that is not walked or could not be."""
        for path in sorted(self._known.keys() - self.met):
            known = self._known[path]
            try:
                facts = Path(path).stat()
            except (FileNotFoundError, NotADirectoryError):
                if _drive_present(Path(path), device=known[4]):
                    self.vanished.append(path)
            except OSError:
                continue  # its folder cannot be entered now: nothing is known to have changed
            else:
                # A folder listing of Windows tells neither inode nor device; both are 0 then, and stay so.
                inode, device = (facts.st_ino, facts.st_dev) if known[4] else (0, 0)
                stamp = Stamp(facts.st_size, facts.st_mtime_ns, inode, device)
                if stamp != known[1:]:
                    yield path, stamp


def _drive_present(path: Path, device: int) -> bool:
    """Say whether the nearest folder that exists is on the file's own device (0: not known; then any will do).

    If it is not, a stick was pulled out or a share is not mounted, and the file on it is as it was.
    """
    for folder in path.parents:
        try:
            return folder.stat().st_dev == device or not device
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return False
    return False


def _sum(changes: Iterable[Changes]) -> Changes:
    each = list(changes)
    return Changes(
        added=tuple(path for change in each for path in change.added),
        changed=tuple(path for change in each for path in change.changed),
        vanished=tuple(path for change in each for path in change.vanished),
    )
