"""Carries procedures through, in one thread with parts of its own: a connection to the inventory belongs to one thread."""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from certtray.core.errors import CertTrayError, FileMissing, UsageError
from certtray.core.identity import identity
from certtray.core.masks import mask_numbers
from certtray.flows.context import Context
from certtray.flows.login import Account, log_in
from certtray.flows.operations import Operation, Operations
from certtray.inventory.model import Entry
from certtray.issuers.base import Issuer
from certtray.program.parts import Parts
from certtray.rules.profiles import match
from certtray_ui.face import WindowFace
from certtray_ui.targets import Target

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a procedure ended: an operation, an error, or neither where there was nothing to carry through."""

    operation: Operation | None = None
    error: CertTrayError | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A person logged in at an issuer until they log out, or a new certificate makes what the issuer said old."""

    profile: str
    issuer: Issuer
    account: Account

    @property
    def shown_id(self) -> str:
        """The person's number, masked."""
        return mask_numbers(self.account.person_id)


def path_hash(path: str) -> str:
    """Return what stands for a file in links, for its path may hold a personal number."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()


class Worker:
    """One procedure after another."""

    def __init__(self, parts: Parts) -> None:
        self._parts = replace(parts)  # builds everything anew, in this object's thread
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="procedures", daemon=True)
        self.session: Session | None = None

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def play(self, target: Target, face: WindowFace, done: Callable[[Outcome], None]) -> None:
        """Carry the procedure ``target`` names through; ``done`` is called in the worker's thread."""
        self._jobs.put(lambda: done(self._outcome(target, face)))

    def log_out(self, done: Callable[[], None]) -> None:
        """Forget who is logged in."""

        def job() -> None:
            self._forget()
            done()

        self._jobs.put(job)

    def stop(self, seconds: float) -> None:
        """End after the job under way, or when that takes longer than ``seconds``: every job survives being cut off."""
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        self._forget()

    def _outcome(self, target: Target, face: WindowFace) -> Outcome:
        try:
            return Outcome(operation=_PROCEDURES[target.name](self, target.argument, face))
        except CertTrayError as error:
            log.info("%s ended: %s", target.name, error)
            return Outcome(error=error)
        except Exception as error:  # the last resort, as in program.main
            log.exception("unexpected")
            return Outcome(error=CertTrayError(reason=type(error).__name__))

    def login(self, profile: str, face: WindowFace) -> Operation | None:
        """Log in unless done, compare both sides, take the next step offered."""
        from certtray.flows.welcome import welcome

        context = self._context(face, profile)
        if self.session is None:
            account = log_in(context)
            self.session = Session(profile, context.issuer, account)
        return self._enrolled(welcome(context, self.session.account))

    def apply(self, profile: str, face: WindowFace) -> Operation | None:
        """Apply for a certificate."""
        from certtray.flows.apply import apply

        context = self._context(face, profile)
        return self._enrolled(apply(context, self.session.account if self.session else None))

    def renew(self, fingerprint: str, face: WindowFace) -> Operation | None:
        """Renew a certificate whose key lies in a file here."""
        from certtray.flows.renew import renew

        entry = self._entry(fingerprint)
        profile = match(entry.certificate, tuple(self._parts.profiles.values()))
        if profile is None:
            raise UsageError(reason=entry.certificate.issuer_cn)
        path = next((Path(place.path) for place in entry.locations if place.has_key), None)
        context = self._context(face, profile.id)
        account = self.session.account if self.session else None
        if account and account.person_id != identity(entry.certificate).holder:
            account = None  # a file of someone else in the family: they log in themselves
        return self._enrolled(renew(context, path, account))

    def resume(self, operation_id: str, face: WindowFace) -> Operation | None:
        """Carry an unfinished operation on."""
        from certtray.flows.resume import resume

        operation = Operations(self._parts.home.operations).load(operation_id)
        return self._enrolled(resume(self._parts.context(face, operation.profile), operation))

    def unlock(self, file: str, face: WindowFace) -> None:
        """Read a locked file once."""
        from certtray.flows.unlock import unlock

        found = [bad.path for bad in self._parts.inventory.bad_files() if path_hash(bad.path) == file]
        if not found:
            raise FileMissing(path="")
        unlock(face, self._parts.inventory, Path(found[0]))

    def _context(self, face: WindowFace, profile: str) -> Context:
        if profile not in self._parts.profiles:
            raise UsageError(reason=profile)
        if self.session and self.session.profile != profile:
            self._forget()
        context = self._parts.context(face, profile)
        return replace(context, issuer=self.session.issuer) if self.session else context

    def _entry(self, fingerprint: str) -> Entry:
        for entry in self._parts.inventory.entries():
            if entry.certificate.fingerprint == fingerprint:
                return entry
        raise FileMissing(path="")

    def _enrolled(self, operation: Operation | None) -> Operation | None:
        if operation is not None:
            self._forget()
        return operation

    def _forget(self) -> None:
        if self.session:
            self.session.issuer.close()
        self.session = None


_PROCEDURES: dict[str, Callable[[Worker, str, WindowFace], Operation | None]] = {
    "login": Worker.login,
    "apply": Worker.apply,
    "renew": Worker.renew,
    "resume": Worker.resume,
    "unlock": Worker.unlock,
}
