"""Logging in (0-03), and what the issuer says about the person's certificates right after it (0-06, 0-07)."""

from __future__ import annotations

from certtray.core.errors import IssuerRefused
from certtray.core.masks import mask_numbers
from certtray.core.numbers import person_number
from certtray.flows.context import Account, Context
from certtray.flows.face import Event
from certtray.flows.questions import Line, SecretLine, plain
from certtray.issuers.base import NationalId


def log_in(context: Context, known_id: str = "") -> Account:
    """Return who is logged in; else ask for national ID and trading password until the issuer accepts (0-03).

    Somebody other than ``known_id`` (from the certificate to be renewed) has to log in themselves; it is offered, masked.
    IssuerRefused when no try is left. The password goes out once for each time it is typed.
    """
    present = context.session.account
    if present and known_id in ("", present.person_id):
        return present
    context.session.account = None
    person_id = context.face.ask(
        Line(
            key="national_id",
            facts={"issuer": context.issuer_name},
            check=person_number,
            suggested=known_id,
            suggested_shown=mask_numbers(known_id) if known_id else "",
        )
    )
    refused: IssuerRefused | None = None
    while True:
        password = plain(
            context.face.ask(
                SecretLine(
                    key="trading_password",
                    facts={"issuer": context.issuer_name, "id": mask_numbers(person_id)},
                    tries_left=refused.tries_left if refused else None,
                    error=refused,
                )
            )
        )
        try:
            found = context.face.wait("login", lambda: context.issuer.login(NationalId(person_id, password)))  # noqa: B023 - runs now
        except IssuerRefused as error:
            if not error.tries_left:
                raise
            refused = error
            continue
        context.face.tell(Event("logged_in", {"issuer": context.issuer_name, "id": mask_numbers(person_id)}))
        context.session.account = Account(person_id, found)
        return context.session.account
