"""Single sign-on (0-02): a login on the RA's own page, handed over by a code through the loopback (RFC 8252, RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from certtray_sandbox.limits import SIGN_ON_LIFE
from certtray_sandbox.refusals import SIGN_ON_VOID, Refusal


def is_loopback(redirect: str) -> bool:
    """Say whether ``redirect`` is an http address on the loopback, of any port (RFC 8252 7.3)."""
    try:
        parts = urlsplit(redirect)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1") and port is not None and plain


def grant(db: sqlite3.Connection, person: str, challenge: str, redirect: str, state: str, now: datetime) -> str:
    """Return the address to send the browser to: ``redirect`` with a fresh code and ``state``."""
    code = secrets.token_urlsafe(32)
    db.execute("DELETE FROM sign_ons WHERE expires_at <= ?", (int(now.timestamp()),))
    db.execute(
        "INSERT INTO sign_ons VALUES (?, ?, ?, ?, ?)",
        (_hash(code), person, challenge, redirect, int((now + SIGN_ON_LIFE).timestamp())),
    )
    return f"{redirect}?{urlencode({'code': code, 'state': state})}"


def redeem(db: sqlite3.Connection, code: str, verifier: str, redirect: str, now: datetime) -> str:
    """Return whose login the code hands over; any attempt uses it up."""
    row = db.execute("DELETE FROM sign_ons WHERE code_hash = ? RETURNING *", (_hash(code),)).fetchone()
    if row is None or row["expires_at"] <= now.timestamp() or row["redirect"] != redirect:
        raise Refusal(SIGN_ON_VOID)
    if not hmac.compare_digest(str(row["challenge"]), s256(verifier)):
        raise Refusal(SIGN_ON_VOID)
    return str(row["person"])


def s256(verifier: str) -> str:
    """Return the challenge of a verifier (RFC 7636 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
