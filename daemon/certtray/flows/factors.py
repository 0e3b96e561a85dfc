"""What an issuer asks to be sure of the person: small asks that procedures combine as the profile says."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from certtray.core.dates import birth_date, taiwan_date
from certtray.core.errors import IssuerRefused, TimeUp
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.questions import Action, Choice, Code, Line, Option, Terms
from certtray.issuers.base import Contact
from certtray.issuers.base import Terms as IssuerTerms


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
