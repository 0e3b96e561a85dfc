"""The RA API (DESIGN.md 7) as one ASGI application.

Each route authenticates, calls one procedure and shapes its answer; the rules are in the modules it calls.
"""

from __future__ import annotations

from fastapi import FastAPI

from certtray_sandbox import enrollment_routes, person_routes, problems
from certtray_sandbox.body_limit import BodyLimit
from certtray_sandbox.home import Sandbox


def create_app(sandbox: Sandbox) -> FastAPI:
    """Make the ASGI application of one RA."""
    app = FastAPI(title="CertTray RA", version="1", docs_url=None, redoc_url=None)
    app.state.sandbox = sandbox
    app.include_router(person_routes.router)
    app.include_router(enrollment_routes.router)
    app.add_middleware(BodyLimit)
    problems.install(app)
    return app
