"""The journal of what cannot be repeated: one folder for each application or renewal (DESIGN.md, part 4.3).

``operations/<uuid>/`` holds ``operation.json``, the pending keys (encrypted, written by the medium), the requests, the
proofs of the old keys and what the issuer returned. Every transition is one atomic replace of ``operation.json``; whatever a step
claims is on disk before it says so.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from certtray.core.certificate import Usage
from certtray.core.dates import taiwan_time
from certtray.core.errors import DamagedFile
from certtray.core.masks import mask_numbers
from certtray.inventory.model import TOKEN_PREFIX
from certtray.issuers.base import Action
from certtray.media.places import PLACES
from certtray.system.files import read_limited, write_atomic
from certtray.system.locks import alone


class Step(StrEnum):
    """Persisted transitions, in order. An operation is closed by INSTALLED, or by REFUSED or LOST."""

    KEPT = "kept"
    """Keys and requests are on disk; nothing has left."""
    SENT = "sent"
    """The requests may have reached the issuer; sending them again is safe (same enrollment id)."""
    ISSUED = "issued"
    """The issuer's answer is on disk."""
    PROVEN = "proven"
    """The new file is complete, was read back and has signed under its certificate; the old one is still in place."""
    INSTALLED = "installed"
    """The new file stands where programs look; the old one is in the archive."""
    REFUSED = "refused"
    """The issuer will not issue: start again."""
    LOST = "lost"
    """The pending keys' password is gone: revoke and apply anew."""

    @property
    def open(self) -> bool:
        """Whether something is left to do."""
        return self not in (Step.INSTALLED, Step.REFUSED, Step.LOST)


@dataclass(frozen=True, slots=True)
class Operation:
    """One application or renewal; times are ISO 8601 UTC, hashes SHA-256 hex. Holds no secret."""

    id: str
    action: Action
    profile: str
    holder: str
    target: str
    usages: tuple[Usage, ...]
    terms_version: str
    created: str
    step: Step = Step.KEPT
    not_before: str = ""
    """When the new certificate starts."""
    password_set: str = ""
    """When the file's password was chosen; empty where an older one was kept (0-05 reminds after three months)."""
    waiting: str = ""
    """Why it stopped where it stands: an id of the catalogue below ``waiting.``."""
    label: str = ""
    """The person's name for the key (2-07)."""
    token: str = ""
    """Serial number of the token its keys are on; empty where they are on this computer."""
    reported: bool = False
    """The issuer knows that it is installed."""

    def row(self) -> dict[str, str | None]:
        """Return what a script is told of it (README, "Scripting with --json")."""
        return {
            "operation": self.id,
            "action": self.action,
            "step": self.step,
            "waiting": self.waiting or None,
            "path": f"{TOKEN_PREFIX}{self.token}" if self.token else self.target,
            "path_shown": f"{TOKEN_PREFIX}{self.token}" if self.token else mask_numbers(self.target),
        }


class Operations:
    """All operations of one home."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, operation_id: str) -> Path:
        """Return the folder of an operation."""
        return self.root / operation_id

    def save(self, operation: Operation) -> Operation:
        """Make the operation's state durable and return it; WriteFailed leaves the former state."""
        text = json.dumps(asdict(operation), ensure_ascii=False, indent=1)
        write_atomic(self.folder(operation.id) / "operation.json", text.encode())
        return operation

    def advance(self, operation: Operation, step: Step) -> Operation:
        """Record that ``step`` is reached."""
        return self.save(replace(operation, step=step, waiting=""))

    def hold(self, operation: Operation, waiting: str) -> Operation:
        """Record why the operation rests at its step."""
        return self.save(replace(operation, waiting=waiting))

    def load(self, operation_id: str) -> Operation:
        """Read one operation; FileMissing or DamagedFile."""
        path = self.folder(operation_id) / "operation.json"
        try:
            values = json.loads(read_limited(path))
            values["step"] = Step(values["step"])
            values["usages"] = tuple(map(Usage, values["usages"]))
            return Operation(**values)
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedFile(path=str(path), reason=type(error).__name__) from None

    def all(self) -> Iterator[Operation]:
        """Yield every operation, oldest first; a folder without ``operation.json`` never left this machine and is skipped."""
        found = [self.load(path.parent.name) for path in self.root.glob("*/operation.json")]
        yield from sorted(found, key=lambda operation: operation.created)

    def unfinished(self) -> list[Operation]:
        """Return the operations with something left to do, oldest first."""
        return [operation for operation in self.all() if operation.step.open]

    def pending(self, target: Path) -> Operation | None:
        """Return the unfinished operation whose file is to stand at ``target``: a second one would be issued twice."""
        place = target.resolve()
        return next((each for each in self.unfinished() if Path(each.target).resolve() == place), None)

    def applying(self, profile: str, holder: str) -> Operation | None:
        """Return the unfinished application of ``holder`` at an issuer, wherever its file is to go."""
        wanted = ("apply", profile, holder)
        return next((each for each in self.unfinished() if (each.action, each.profile, each.holder) == wanted), None)

    def tidy(self, operation: Operation) -> None:
        """Remove the pending keys and what was made of them, once the installed file has replaced them."""
        for path in self.folder(operation.id).iterdir():
            if path.name not in ("operation.json", "issued.p7"):
                path.unlink()

    @contextmanager
    def held(self) -> Iterator[None]:
        """This process alone works on operations while the block runs; AlreadyRunning otherwise.

        What a crash left is finished first. DamagedFile where an operation cannot be read.
        """
        with alone(self.root / ".lock", "operation"):
            self._sweep()
            yield

    def _sweep(self) -> None:
        """Tidy installed operations, remove folders from which nothing could have been sent."""
        for folder in self.root.glob("*/"):
            # Where keys may be on a token, the folder says which; it goes with them (``media.token``).
            if not (folder / "operation.json").exists() and not (folder / PLACES).exists():
                shutil.rmtree(folder, ignore_errors=True)
        for operation in self.all():
            if operation.step is Step.INSTALLED:
                self.tidy(operation)


def stamp(now: datetime) -> str:
    """Return ``now`` as operations write it."""
    return now.isoformat(timespec="seconds")


def shown_stamp(stamped: str) -> str:
    """Return a stamp as a person reads it, in Taiwan's time; empty where there is none."""
    return taiwan_time(datetime.fromisoformat(stamped)) if stamped else ""
