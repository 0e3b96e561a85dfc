"""The RA API (DESIGN.md 7) as one ASGI application for each RA, and all of them behind one door.

Each route authenticates, calls one procedure and shapes its answer; the rules are in the modules it calls.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from certtray.rules.profile import Way
from certtray_sandbox import (
    card_routes,
    enrollment_routes,
    factor_routes,
    login_routes,
    manage_routes,
    notices,
    person_routes,
    problems,
    revocation_page,
    sign_on_page,
)
from certtray_sandbox.body_limit import BodyLimit
from certtray_sandbox.desks import DESKS
from certtray_sandbox.home import Sandbox, made, open_sandbox
from certtray_sandbox.refusals import NO_SUCH_PAGE, Refusal


def create_app(sandbox: Sandbox) -> FastAPI:
    """Make the ASGI application of one RA."""
    app = FastAPI(title="CertTray RA", version="1", docs_url=None, redoc_url=None)
    app.state.sandbox = sandbox
    for routes in (login_routes, person_routes, manage_routes, enrollment_routes, factor_routes, card_routes):
        app.include_router(routes.router)
    if sandbox.profile.login.sso:
        app.include_router(sign_on_page.router)
    if sandbox.profile.manage.revoke is Way.PAGE:
        app.include_router(revocation_page.router)
    app.add_middleware(BodyLimit)
    problems.install(app)
    return app


@dataclass
class Offices:
    """All RAs of ``folder``: the first part of the path is the profile id. An RA is opened when it is first asked for."""

    folder: Path
    _open: dict[str, FastAPI] = field(default_factory=dict)
    _opening: threading.Lock = field(default_factory=threading.Lock)

    def catch_up(self) -> None:
        """Mail the notices that fell due while nobody served."""
        for profile in made(self.folder):
            if DESKS[profile].notice:
                self._enter(profile)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        profile = scope["path"].split("/")[1]
        if profile not in DESKS:
            await problems.answer(Refusal(NO_SUCH_PAGE))(scope, receive, send)
            return
        app = await run_in_threadpool(self._enter, profile)
        await app({**scope, "root_path": f"/{profile}"}, receive, send)

    def _enter(self, profile: str) -> FastAPI:
        """Return the RA's application, after its due notices were mailed: its clock may have moved since."""
        with self._opening:
            if profile not in self._open:
                self._open[profile] = create_app(open_sandbox(self.folder, profile))
        app = self._open[profile]
        notices.send_due(app.state.sandbox)
        return app
