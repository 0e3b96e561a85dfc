"""Plain HTML for the RA's own pages: no scripts, nothing from elsewhere, not to be framed or kept."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

STYLE: Final = (
    "body{font:16px/1.6 sans-serif;max-width:34em;margin:3em auto;padding:0 1em;color:#222}"
    "label{display:block;margin:.8em 0}input,select,button{font:inherit;padding:.3em}"
    "table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2em .6em;text-align:left}"
    ".error{color:#a00;font-weight:bold}"
)
STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


async def read_form(request: Request) -> dict[str, str]:
    """Read an urlencoded form; of a field given twice the last counts."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))


Form = Annotated[dict[str, str], Depends(read_form)]


def page(title: str, body: str, *, status: int = 200, form_to: str = "") -> HTMLResponse:
    """Return a page; ``form_to`` is where its form may lead besides the RA (a redirect after it counts, CSP3 6.4.1)."""
    policy = (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self' {form_to}; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    text = (
        f'<!doctype html><html lang="zh-Hant-TW"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>{body}"
    )
    return HTMLResponse(text, status, headers)


def login_form(action: str, hidden: Mapping[str, str], error: str = "") -> str:
    """Return the form for national ID and trading password."""
    kept = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(hidden[name])}">' for name in hidden)
    said = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    return (
        f'{said}<form method="post" action="{escape(action)}">{kept}'
        '<label>身分證字號 <input name="id" autocomplete="username" required></label>'
        '<label>網路下單密碼 <input name="password" type="password" autocomplete="current-password" required></label>'
        "<button>登入</button></form>"
    )


def said(detail: str, tries_left: int | None) -> str:
    """Return a refusal as the page says it."""
    return detail if tries_left is None else f"{detail}（尚可嘗試 {tries_left} 次）"
