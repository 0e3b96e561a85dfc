"""What an issuer asks to be sure of the person: small asks that procedures combine as the profile says."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Final
from uuid import UUID

from certtray.core.dates import birth_date, taiwan_date
from certtray.core.errors import (
    InputError,
    IssuerAnswerInvalid,
    IssuerRefused,
    IssuerUnreachable,
    PasswordUnclear,
    TimeUp,
)
from certtray.core.masks import mask_email
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.questions import Action, Choice, Code, Line, Option, SecretLine, Terms, plain
from certtray.flows.recorded import record
from certtray.inventory.history import What
from certtray.issuers.base import Contact
from certtray.issuers.base import Terms as IssuerTerms

NEVER_SENT: Final = ("ConnectError", "ConnectTimeout")
"""Reasons of an IssuerUnreachable with which nothing has left."""


def prove_identity(context: Context) -> None:
    """Ask the birth date, exactly 8 digits, western calendar (0-08); IssuerRefused when no try is left."""
    refused: IssuerRefused | None = None
    while True:
        born = context.face.ask(
            Line(
                key="birth_date",
                facts={"issuer": context.issuer_name},
                check=lambda typed: f"{birth_date(typed, taiwan_date(context.clock())):%Y%m%d}",
                tries_left=refused.tries_left if refused else None,
                error=refused,
            )
        )
        try:
            return context.face.wait("identity", lambda: context.issuer.verify_identity(born))  # noqa: B023 - runs now
        except IssuerRefused as error:
            if not error.tries_left:
                raise
            refused = error


def one_time_code(context: Context, enrollment_id: UUID, action: str) -> None:
    """Send a code to a contact on file and ask for it (0-09 … 0-13); IssuerRefused after the last wrong one (0-12).

    Each code typed is sent once. A code past its time is never sent; a new one is requested only when the person says so.
    """
    contact = _choose_contact(context, action)
    while True:
        ticket = context.face.wait("otp_send", lambda: context.issuer.start_otp(enrollment_id, contact.id))  # noqa: B023
        tries_left = ticket.tries_left
        error: IssuerRefused | None = None
        while True:
            question = Code(
                key="otp",
                facts={"contact": contact.masked, "action": action, "issuer": context.issuer_name},
                digits=ticket.digits,
                deadline=ticket.expires_at,
                tries_left=tries_left,
                actions=("resend", "other_channel"),
                error=error,
            )
            try:
                answer = context.face.ask(question)
            except TimeUp:
                answer = Action(_after_time_up(context))
            if isinstance(answer, Action):
                break
            code = answer
            try:
                context.face.wait("otp_verify", lambda: context.issuer.verify_otp(enrollment_id, code))  # noqa: B023
            except IssuerRefused as refused:
                if not refused.tries_left:
                    raise
                tries_left, error = refused.tries_left, refused
                continue
            return context.face.tell(Event("otp_right", {"action": action}))
        if answer.name == "other_channel":
            contact = _choose_contact(context, action)


def _choose_contact(context: Context, action: str) -> Contact:
    contacts = {contact.id: contact for contact in context.face.wait("contacts", context.issuer.contacts)}
    options = tuple(Option(each.id, f"contact.{each.kind}", {"contact": each.masked}) for each in contacts.values())
    return contacts[context.face.ask(Choice(key="otp_contact", facts={"action": action}, options=options))]


def _after_time_up(context: Context) -> str:
    options = (Option("resend", "otp.resend"), Option("other_channel", "otp.other_channel"))
    return context.face.ask(Choice(key="otp_time_up", options=options))


def accept_terms(context: Context, terms: IssuerTerms) -> None:
    """Show the subscriber terms; there is no way on without accepting them (0-14)."""
    clauses = tuple(asdict(clause) for clause in terms.clauses)
    context.face.ask(Terms(key="terms", facts={"issuer": context.issuer_name}, clauses=clauses, version=terms.version))


def change_site_password(context: Context) -> None:
    """Ask the present site password and a new one twice, and change it (2-03, 2-23, 4-19).

    The new one keeps the profile's length and differs from the present one. PasswordUnclear when the connection broke
    on the way, for then either may be in force; IssuerRefused when no try is left.
    """
    shortest, longest = context.profile.login.password or (1, 128)
    refused: IssuerRefused | None = None
    while True:
        tries_left = refused.tries_left if refused else None
        facts: dict[str, str | int] = {"issuer": context.issuer_name}
        old = plain(
            context.face.ask(SecretLine(key="old_site_password", facts=facts, tries_left=tries_left, error=refused))
        )

        def check(typed: str) -> str:
            if not shortest <= len(typed) <= longest:
                raise InputError(field="new_site_password", rule="length", n=shortest, most=longest)
            if typed == old.reveal():  # noqa: B023 - runs before the next one is asked
                raise InputError(field="new_site_password", rule="same_as_old")
            return typed

        length = {**facts, "n": shortest, "most": longest}
        new = plain(context.face.ask(SecretLine(key="new_site_password", facts=length, twice=True, check=check)))
        try:
            context.face.wait("change_password", lambda: context.issuer.change_password(old, new))  # noqa: B023
        except IssuerRefused as error:
            if not error.tries_left:
                raise
            refused = error
        except (IssuerUnreachable, IssuerAnswerInvalid) as error:
            rule = "unchanged" if error.facts.get("reason") in NEVER_SENT else "unclear"
            raise PasswordUnclear(issuer=context.issuer_name, phone=context.profile.contact.phone, rule=rule) from error
        else:
            record(context.face, context.history, context.clock(), What.SITE_PASSWORD)
            return context.face.tell(Event("site_password_changed", facts))


def apply_password(context: Context, enrollment_id: UUID) -> None:
    """Ask the password of the counter's notice (3-09); IssuerRefused when no try is left."""
    refused: IssuerRefused | None = None
    while True:
        tries_left = refused.tries_left if refused else None
        facts = {"issuer": context.issuer_name}
        given = plain(
            context.face.ask(SecretLine(key="apply_password", facts=facts, tries_left=tries_left, error=refused))
        )
        try:
            return context.face.wait(
                "apply_password",
                lambda: context.issuer.give_apply_password(enrollment_id, given),  # noqa: B023
            )
        except IssuerRefused as error:
            if not error.tries_left:
                raise
            refused = error


def notice_address(context: Context, on_file: str) -> str:
    """Ask where later notices go (3-09, 3-13); ``on_file`` is offered, and an empty answer keeps what the issuer has."""

    def check(typed: str) -> str:
        if typed and not re.fullmatch(r"[^\s@<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", typed):
            raise InputError(field="email", rule="email")
        return typed

    return context.face.ask(
        Line(
            key="email",
            facts={"issuer": context.issuer_name},
            check=check,
            suggested=on_file,
            suggested_shown=mask_email(on_file) if on_file else "",
        )
    )
