"""The password of a file we write: asked twice, never the person's own number."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from certtray.core.errors import InputError
from certtray.core.secret import Secret
from certtray.flows.face import Face
from certtray.flows.questions import Action, SecretLine

PASSWORD_MIN = 8
"""Characters of a new file password; no manual of system 0 states a rule, its exchange asks for a quality password."""


def password_rule(*numbers: str, former: Secret | None = None) -> Callable[[str], str]:
    """Return a check of what was typed: long enough, none of ``numbers``, not the ``former`` one; it raises InputError."""

    def check(typed: str) -> str:
        if len(typed) < PASSWORD_MIN:
            raise InputError(field="file_password", rule="too_short", n=PASSWORD_MIN)
        if typed.upper() in numbers:
            raise InputError(field="file_password", rule="is_the_id")
        if former is not None and typed == former.reveal():
            raise InputError(field="file_password", rule="is_the_former")
        return typed

    return check


def ask_new_password(
    face: Face,
    key: str,
    shown: str,
    numbers: Iterable[str],
    former: Secret | None = None,
    *,
    keep: Secret | None = None,
) -> Secret:
    """Ask for the password of what will stand at ``shown`` (masked); ``keep`` is offered instead, ``former`` refused."""
    question = SecretLine(
        key=key,
        facts={"path": shown, "n": PASSWORD_MIN},
        twice=True,
        check=password_rule(*numbers, former=former),
        actions=("keep",) if keep and keep.reveal() else (),
    )
    answer = face.ask(question)
    if isinstance(answer, Action):
        assert keep is not None  # noqa: S101 - the only action is offered with it
        return keep
    return answer
