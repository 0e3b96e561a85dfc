"""The picture of digits that a login asks for (2-04, 4-10, 4-14)."""

from __future__ import annotations

from certtray.core.errors import IssuerRefused
from certtray.flows.context import Context
from certtray.flows.questions import Action, Picture


def read_captcha(context: Context, refused: IssuerRefused | None = None) -> tuple[str, str]:
    """Return a picture's id and the digits the person read; ``refused`` is why it is asked once more."""
    while True:
        picture = context.face.wait("captcha", context.issuer.captcha)
        answer = context.face.ask(
            Picture(key="captcha", png=picture.png, digits=picture.digits, actions=("another",), error=refused)
        )
        if not isinstance(answer, Action):
            return picture.id, answer
