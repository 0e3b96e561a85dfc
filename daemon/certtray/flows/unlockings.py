"""The journal of cards being unlocked through their issuer (4-21, 4-22): one small file each, no secret in it.

It is written before the issuer releases the card's code, so that whoever was interrupted asks again under the same id: the
issuer releases it to that one only. It is gone once the issuer knows that the card took it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from certtray.core.errors import CertTrayError, DamagedFile, IssuerRefused
from certtray.flows.context import Context
from certtray.issuers.base import NOT_LOGGED_IN, PASSWORD_LOGIN
from certtray.system.files import read_limited, sync_folder, write_atomic

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unlocking:
    """One card at one issuer; ``id`` is the UUID the issuer knows it under, ``serial`` the number the card's module shows."""

    id: str
    profile: str
    serial: str
    holder: str
    taken: bool = False
    """The card took the code, and the issuer is still to be told."""


class Unlockings:
    """All of one home."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, profile: str, serial: str) -> Unlocking | None:
        """Return what was begun for this card; DamagedFile."""
        path = self._path(profile, serial)
        return self._read(path) if path.exists() else None

    def save(self, unlocking: Unlocking) -> None:
        """Make it durable; WriteFailed."""
        path = self._path(unlocking.profile, unlocking.serial)
        write_atomic(path, json.dumps(asdict(unlocking)).encode())

    def forget(self, unlocking: Unlocking) -> None:
        """It is done, and the issuer knows."""
        path = self._path(unlocking.profile, unlocking.serial)
        path.unlink(missing_ok=True)
        sync_folder(path.parent)

    def untold(self, profile: str, holder: str) -> Iterator[Unlocking]:
        """Yield what the issuer is still to be told of this person's cards; a damaged file stops nobody from logging in."""
        for path in sorted(self._root.glob("*.json")):
            try:
                found = self._read(path)
            except CertTrayError as error:
                log.warning("not told to the issuer: %s", error)
                continue
            if found.taken and (found.profile, found.holder) == (profile, holder):
                yield found

    def _path(self, profile: str, serial: str) -> Path:
        return self._root / f"{hashlib.sha256(f'{profile} {serial}'.encode()).hexdigest()[:16]}.json"

    def _read(self, path: Path) -> Unlocking:
        try:
            found = Unlocking(**json.loads(read_limited(path)))
            UUID(found.id)
        except (ValueError, TypeError, AttributeError) as error:
            raise DamagedFile(path=str(path), reason=type(error).__name__) from None
        return found


def tell_issuer(context: Context, unlocking: Unlocking) -> bool:
    """Say that the card took the code; what could not be said is said at the next login. Return whether it was."""
    journal = Unlockings(context.home.unlockings)
    try:
        context.face.wait("tell_issuer", lambda: context.issuer.unlocked(UUID(unlocking.id)))
    except IssuerRefused as refused:
        if refused.number in (NOT_LOGGED_IN, PASSWORD_LOGIN):
            return False
        log.info("the issuer does not take %s: %s", unlocking.id, refused)  # it is not spoken of again
    except CertTrayError as error:
        log.info("the issuer was not told of %s: %s", unlocking.id, error)
        return False
    journal.forget(unlocking)
    return True


def tell_all(context: Context, person_id: str) -> None:
    """Say so of every card of this person that was not said yet."""
    for unlocking in list(Unlockings(context.home.unlockings).untold(context.profile.id, person_id)):
        tell_issuer(context, unlocking)
