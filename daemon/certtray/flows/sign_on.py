"""Single sign-on (0-02): the browser logs in at the issuer and is sent back here once.

An authorization code through a loopback redirect with PKCE (RFC 8252 7.3, RFC 7636): what another program on this machine
could catch is of no use without the verifier, which never leaves this process but to the issuer.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from secrets import token_urlsafe
from typing import Final

from certtray.core.errors import TimeUp
from certtray.core.secret import Secret
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.loopback import Loopback
from certtray.issuers.base import LoginResult, SingleSignOn

DEADLINE: Final = timedelta(minutes=5)
SLICE_SECONDS: Final = 2.0
"""So long a cancelled wait may go on: what is waited for cannot be interrupted, only the waiting."""


def sign_on(context: Context) -> LoginResult:
    """Have the person log in in the browser; TimeUp, SignOnFailed, Cancelled."""
    verifier, state = Secret(token_urlsafe(48)), token_urlsafe(24)
    digest = hashlib.sha256(verifier.reveal().encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    deadline = context.clock() + DEADLINE
    with Loopback(state) as loopback:
        page = context.face.wait(
            "sign_on_page", lambda: context.issuer.sign_on_page(loopback.address, challenge, state)
        )
        context.face.tell(Event("open_page", {"address": page, "issuer": context.issuer_name}))
        code: Secret | None = None
        while code is None:
            if context.clock() >= deadline:
                raise TimeUp(where="sign_on")
            code = context.face.wait("sign_on", lambda: loopback.wait(SLICE_SECONDS))
    given = SingleSignOn(code, verifier, loopback.address)
    return context.face.wait("login", lambda: context.issuer.login(given))
