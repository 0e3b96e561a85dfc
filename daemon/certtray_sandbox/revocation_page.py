"""The issuer's own revocation page (1-14), behind a login of its own."""

from __future__ import annotations

from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Cookie, Request
from fastapi.responses import Response

from certtray.core.dates import taiwan_time
from certtray_sandbox import certificates, manage, passwords, sessions
from certtray_sandbox.callers import TheSandbox
from certtray_sandbox.certificates import HOLD, Issued
from certtray_sandbox.html import Form, login_form, page, said
from certtray_sandbox.refusals import Refusal

TITLE: Final = "憑證註銷"
REASONS: Final = {
    "keyCompromise": "金鑰損壞、遺失、外洩或有被竊之虞",
    "affiliationChanged": "用戶資料變更",
    "cessationOfOperation": "不再使用",
}

router = APIRouter(include_in_schema=False)


@router.get("/revocation")
def show(request: Request) -> Response:
    """Ask who it is."""
    return page(TITLE, login_form(request.url.path, {}))


@router.post("/revocation")
def choose(request: Request, form: Form, sandbox: TheSandbox) -> Response:
    """Log in and show what can be revoked; the session is a cookie that no other site can use."""
    try:
        person = passwords.check_login(sandbox, form.get("id", "").strip().upper(), form.get("password", ""))
    except Refusal as refusal:
        error = said(refusal.reason.detail, refusal.tries_left)
        return page(TITLE, login_form(request.url.path, {}, error), status=refusal.reason.status)
    now = sandbox.clock()
    with sandbox.store.transaction() as db:
        token, _ = sessions.open_session(db, person, now)
        held = [
            each for each in certificates.held_by(db, person) if each.revoked in (None, HOLD) and now <= each.not_after
        ]
    answer = page(TITLE, _choice(f"{request.url.path}/confirm", held) if held else "<p>查無可註銷的憑證。</p>")
    answer.set_cookie("session", token, path=request.url.path, secure=True, httponly=True, samesite="strict")
    return answer


@router.post("/revocation/confirm")
def revoke(form: Form, sandbox: TheSandbox, session: Annotated[str, Cookie()] = "") -> Response:
    """Revoke what was chosen; once, the login is used up by it."""
    reason, serial, now = form.get("reason", ""), form.get("serial", ""), sandbox.clock()
    if reason not in REASONS or form.get("sure") != "yes":
        return page(TITLE, '<p class="error" role="alert">請選擇憑證與原因，並勾選確認。</p>', status=422)
    try:
        with sandbox.store.transaction() as db:
            known = sessions.session_of(db, session, now)
            manage.revoke_here(db, known.person, [serial], reason, now)
            sessions.log_out(db, known)
    except Refusal as refusal:
        error = escape(refusal.reason.detail)
        return page(TITLE, f'<p class="error" role="alert">{error}</p>', status=refusal.reason.status)
    return page(TITLE, f"<p>憑證 {escape(serial)} 已註銷。</p>")


def _choice(action: str, held: list[Issued]) -> str:
    rows = "".join(
        f'<tr><td><input type="radio" name="serial" value="{each.serial}" required></td><td>{each.serial}</td>'
        f"<td>{escape(each.cn)}</td><td>{each.device}</td><td>{taiwan_time(each.not_after)}</td></tr>"
        for each in held
    )
    reasons = "".join(f'<option value="{name}">{escape(text)}</option>' for name, text in REASONS.items())
    return (
        f'<form method="post" action="{escape(action)}"><table>'
        f"<tr><th></th><th>憑證序號</th><th>CN</th><th>裝置</th><th>到期日</th></tr>{rows}</table>"
        f'<label>原因 <select name="reason">{reasons}</select></label>'
        '<label><input type="checkbox" name="sure" value="yes" required> 我確定要註銷，註銷後無法復原</label>'
        "<button>註銷</button></form>"
    )
