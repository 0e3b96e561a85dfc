"""The page behind ``/sso/authorize`` (0-02): log in here, and the program that sent the browser is told by a code."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field, ValidationError

from certtray_sandbox import passwords, refusals, sign_on
from certtray_sandbox.callers import TheSandbox
from certtray_sandbox.html import Form, login_form, page, said
from certtray_sandbox.refusals import Refusal

LOOPBACK: Final = "http://127.0.0.1:* http://[::1]:*"

router = APIRouter(include_in_schema=False)


class Ask(BaseModel):
    """The parameters of RFC 6749 4.1.1 and RFC 7636 4.3."""

    response_type: Literal["code"]
    redirect_uri: Annotated[str, Field(max_length=200)]
    code_challenge: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")]
    code_challenge_method: Literal["S256"]
    state: Annotated[str, Field(min_length=1, max_length=200)]


@router.get("/sso/authorize")
def show(request: Request, sandbox: TheSandbox, ask: Annotated[Ask, Query()]) -> Response:
    """Ask for ID and password."""
    if not sign_on.is_loopback(ask.redirect_uri):
        raise Refusal(refusals.INVALID)
    form = login_form(request.url.path, ask.model_dump())
    return page(f"{sandbox.profile.name_zh_tw}：登入", form, form_to=LOOPBACK)


@router.post("/sso/authorize")
def log_in(request: Request, form: Form, sandbox: TheSandbox) -> Response:
    """Send the browser back with a code, or show the page again."""
    try:
        ask = Ask.model_validate({name: form.get(name) for name in Ask.model_fields})
    except ValidationError as error:
        raise Refusal(refusals.INVALID) from error
    if not sign_on.is_loopback(ask.redirect_uri):
        raise Refusal(refusals.INVALID)
    try:
        person = passwords.check_login(sandbox, form.get("id", "").strip().upper(), form.get("password", ""))
    except Refusal as refusal:
        why = said(refusal.reason.detail, refusal.tries_left)
        again = login_form(request.url.path, ask.model_dump(), why)
        title = f"{sandbox.profile.name_zh_tw}：登入"
        return page(title, again, status=refusal.reason.status, form_to=LOOPBACK)
    with sandbox.store.transaction() as db:
        address = sign_on.grant(db, person, ask.code_challenge, ask.redirect_uri, ask.state, sandbox.clock())
    return RedirectResponse(address, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
