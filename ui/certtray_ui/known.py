"""What the pages show, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from certtray.core.states import Action
from certtray.flows.operations import Operation, Operations, Step
from certtray.flows.procedures import PROCEDURES
from certtray.inventory.matrix import Matrix, matrix
from certtray.inventory.model import BadFile
from certtray.program.parts import Parts
from certtray.watch.status import Status, statuses
from certtray_ui.targets import Target

PRESSING = ("revoked", "on_hold", "expired", "expiring")
"""States to do something about."""


@dataclass(frozen=True, slots=True)
class Known:
    """Certificates that concern the person, soonest end first; files that could not be read; operations; stores; the time."""

    mine: tuple[Status, ...]
    locked: tuple[BadFile, ...]
    unfinished: tuple[Operation, ...]
    password_set: dict[str, datetime]
    """Since when a file has its password, by path, where we set it."""
    matrix: Matrix
    now: datetime

    @property
    def drifting(self) -> int:
        """How many certificates are not everywhere as they should be."""
        return sum(line.drifts for line in self.matrix.lines)

    @property
    def current(self) -> tuple[Status, ...]:
        """Without those a newer one has replaced."""
        return tuple(each for each in self.mine if each.state.name != "superseded")

    @property
    def pressing(self) -> tuple[Status, ...]:
        """Those to do something about."""
        return tuple(each for each in self.current if each.state.name in PRESSING)

    @property
    def attention(self) -> int:
        """How many things wait for the person."""
        return len(self.unfinished) + len(self.pressing) + len(self.locked)

    def find(self, fingerprint: str) -> Status | None:
        """Return the certificate with this fingerprint."""
        return next((each for each in self.mine if each.entry.certificate.fingerprint == fingerprint), None)


def read_known(parts: Parts) -> Known:
    """Read inventory and operations; InventoryUnusable, DamagedFile."""
    now = parts.clock()
    entries, profiles = parts.inventory.entries(), tuple(parts.profiles.values())
    found = statuses(entries, profiles, now)
    operations = list(Operations(parts.home.operations).all())
    return Known(
        mine=tuple(each for each in found if each.mine),
        locked=tuple(bad for bad in parts.inventory.bad_files() if bad.problem.code in ("locked", "wrong-password")),
        unfinished=tuple(each for each in operations if each.step.open),
        password_set={
            each.target: datetime.fromisoformat(each.password_set)
            for each in operations
            if each.step is Step.INSTALLED and each.password_set
        }
        | parts.inventory.passwords.since(),
        matrix=matrix(parts.inventory.stores.all(), entries, profiles, now),
        now=now,
    )


def next_target(status: Status) -> str:
    """Return the link of a certificate's next step, empty where there is none to click."""
    match status.state.action:
        case Action.RENEW if status.profile and status.entry.has_key:
            return Target("renew", status.entry.certificate.fingerprint).link
        case Action.APPLY if status.profile:
            return Target("apply", status.profile.id).link
        case Action.REINSTATE if status.profile and "reinstate" in PROCEDURES:
            return Target("reinstate", status.profile.id).link
        case _:
            return ""
