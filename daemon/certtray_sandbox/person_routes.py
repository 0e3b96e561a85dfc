"""Routes about what a person may do: terms, contacts, registrations, downloads."""

from __future__ import annotations

from fastapi import APIRouter

from certtray_sandbox import enrollments, issuance, manage_models, models, people, registrations, terms
from certtray_sandbox.answers import shown
from certtray_sandbox.callers import SESSION, Authenticated, Call, TheSandbox
from certtray_sandbox.enrollments import Enrollment
from certtray_sandbox.problems import documented
from certtray_sandbox.refusals import Refusal

router = APIRouter()


@router.get("/terms")
def read_terms(sandbox: TheSandbox) -> models.TermsAnswer:
    """Show the subscriber terms in force (0-14)."""
    now = terms.of(sandbox.profile.id)
    return models.TermsAnswer(
        version=now.version, clauses=[models.Clause(zh_TW=chinese, en=english) for chinese, english in now.clauses]
    )


@router.get("/contacts", responses=documented(*SESSION))
def list_contacts(caller: Authenticated) -> list[models.ContactAnswer]:
    """List the contacts on file, masked (0-09)."""
    with caller.call() as call:
        return [
            models.ContactAnswer(id=contact.id, kind=contact.kind, masked=contact.masked)
            for contact in people.contacts_of(call.db, call.session.person)
        ]


@router.get("/registrations", responses=documented(*SESSION))
def list_registrations(caller: Authenticated) -> list[manage_models.RegistrationAnswer]:
    """List what may be applied for or converted now, with what the confirmation page shows (2-06, 3-07, 3-26)."""
    with caller.call() as call:
        person = call.session.person
        return [
            manage_models.RegistrationAnswer(
                id=one.id,
                action=one.action,
                cn=one.cn,
                device=one.device,
                email=one.email,
                facts=shown(registrations.facts(call.db, person, one)),
            )
            for one in registrations.open_for(call.db, person)
        ]


@router.get("/downloads", responses=documented(*SESSION))
def list_downloads(caller: Authenticated) -> list[manage_models.DownloadAnswer]:
    """List what was accepted and never installed, but can be (2-10, 3-16); what is revoked or over is not there."""
    with caller.call() as call:
        waiting = [(each, _pending(call, each)) for each in enrollments.to_download(call.db, call.session.person)]
        return [
            manage_models.DownloadAnswer(
                enrollment_id=each.id,
                cn=each.wanted.cn,
                device=each.wanted.device,
                usages=list(each.body.usages),
                pending=pending,
            )
            for each, pending in waiting
            if pending is not None
        ]


def _pending(call: Call, enrollment: Enrollment) -> bool | None:
    """Issue it if nothing holds it any more; None when there is nothing to download."""
    try:
        return issuance.result(call.db, call.sandbox, enrollment, call.now) is None
    except Refusal:
        return None
