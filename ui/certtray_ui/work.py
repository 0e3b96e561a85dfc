"""Carries procedures through, in one thread with parts of its own: a connection to the inventory belongs to one thread."""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from certtray.core.errors import CertTrayError, FileMissing, IssuerRefused
from certtray.core.masks import mask_numbers
from certtray.flows.context import Session
from certtray.flows.done import Done
from certtray.flows.face import Face
from certtray.flows.operations import Operation
from certtray.flows.procedures import PROCEDURES, About
from certtray.issuers.base import NOT_LOGGED_IN
from certtray.program.parts import Parts
from certtray_ui.targets import Target

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a procedure ended: what it returned, or an error."""

    result: Done | Operation | None = None
    error: CertTrayError | None = None


def path_hash(path: str) -> str:
    """Return what stands for a file in links, for its path may hold a personal number."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()


class Worker:
    """One procedure after another."""

    def __init__(self, parts: Parts) -> None:
        self._parts = replace(parts)  # builds everything anew, in this object's thread
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="procedures", daemon=True)
        self._sessions: dict[str, Session] = {}

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def play(self, target: Target, face: Face, done: Callable[[Outcome], None]) -> None:
        """Carry the procedure ``target`` names through; ``done`` is called in the worker's thread."""
        self._jobs.put(lambda: done(self._outcome(target, face)))

    def log_out(self, done: Callable[[], None]) -> None:
        """Forget who is logged in."""

        def job() -> None:
            self._forget()
            done()

        self._jobs.put(job)

    def person(self, profile: str) -> str:
        """Return who is logged in at an issuer, the number masked; empty when nobody is."""
        session = self._sessions.get(profile)
        return mask_numbers(session.account.person_id) if session and session.account else ""

    def stop(self, seconds: float) -> None:
        """End after the job under way, or when that takes longer than ``seconds``: every job survives being cut off."""
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        self._forget()

    def _outcome(self, target: Target, face: Face) -> Outcome:
        try:
            return Outcome(self._play(target, face))
        except CertTrayError as error:
            log.info("%s ended: %s", target.name, error)
            return Outcome(error=error)
        except Exception as error:  # the last resort, as in program.main
            log.exception("unexpected")
            return Outcome(error=CertTrayError(reason=type(error).__name__))

    def _play(self, target: Target, face: Face) -> Done | Operation | None:
        procedure = PROCEDURES[target.name]
        argument = self._file(target.argument) if procedure.about is About.FILE and target.argument else target.argument
        logged_in_before = bool(self._sessions)
        try:
            result = procedure.play(self._parts.stage(face, self._sessions), argument)
        except IssuerRefused as refused:
            if refused.number != NOT_LOGGED_IN or not logged_in_before:
                raise
            self._forget()  # a login of earlier has run out at the issuer: a procedure begins with logging in
            result = procedure.play(self._parts.stage(face, self._sessions), argument)
        if isinstance(result, Operation):
            self._forget()  # what the issuer said at login is old now
        return result

    def _file(self, hashed: str) -> str:
        """Return the path a link stands for."""
        inventory = self._parts.inventory
        known = [bad.path for bad in inventory.bad_files()]
        known += [place.path for entry in inventory.entries() for place in entry.locations]
        for path in known:
            if path_hash(path) == hashed:
                return path
        raise FileMissing(path="")

    def _forget(self) -> None:
        for session in self._sessions.values():
            session.issuer.close()
        self._sessions.clear()
