"""A request body larger than anything this API needs is refused before it is read."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from certtray_sandbox.limits import BODY_BYTES


class BodyLimit:
    """ASGI middleware that counts what arrives; a length that is announced is not trusted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a ``receive`` that stops at ``BODY_BYTES``."""
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_BYTES:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
