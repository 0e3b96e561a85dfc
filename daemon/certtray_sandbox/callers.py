"""Who calls, and in which transaction: what every authenticated route starts with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from certtray_sandbox import refusals, sessions
from certtray_sandbox.home import Sandbox
from certtray_sandbox.sessions import Session

BODY = (refusals.MALFORMED, refusals.INVALID, refusals.TOO_LARGE)
"""What any route that takes a body can answer."""

SESSION = (refusals.NO_SESSION, refusals.CHANGE_FIRST)
"""What any route that needs a login can answer."""


def the_sandbox(request: Request) -> Sandbox:
    """Return the RA this server serves."""
    sandbox = request.app.state.sandbox
    if not isinstance(sandbox, Sandbox):
        raise TypeError("the application was not made by create_app")
    return sandbox


@dataclass(frozen=True)
class Call:
    """One authenticated request inside its own transaction."""

    sandbox: Sandbox
    db: Connection
    session: Session
    now: datetime


@dataclass(frozen=True)
class Caller:
    """Someone with a token that is yet to be looked at."""

    sandbox: Sandbox
    token: str

    @contextmanager
    def call(self, *, first_password: bool = False) -> Iterator[Call]:
        """Open a transaction and say who is calling; opened and closed in the route's own thread, as SQLite wants.

        Refuses who still has to change the first password, except with ``first_password``.
        """
        now = self.sandbox.clock()
        with self.sandbox.store.transaction() as db:
            session = sessions.session_of(db, self.token, now)
            if not first_password:
                sessions.require_changed(session)
            yield Call(self.sandbox, db, session, now)

    def session(self, *, first_password: bool = False) -> Session:
        """Return who is calling, for what takes too long to do inside a transaction."""
        with self.call(first_password=first_password) as call:
            return call.session


def the_caller(
    sandbox: Annotated[Sandbox, Depends(the_sandbox)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> Caller:
    """Take the bearer token, an empty one where there is none."""
    return Caller(sandbox, bearer.credentials if bearer else "")


TheSandbox = Annotated[Sandbox, Depends(the_sandbox)]
Authenticated = Annotated[Caller, Depends(the_caller)]
