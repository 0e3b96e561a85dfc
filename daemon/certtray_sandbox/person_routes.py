"""Routes about a person: session, identity, contacts, terms, certificates held."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from certtray_sandbox import certificates, models, people, refusals, sessions, terms
from certtray_sandbox.callers import BODY, Authenticated, TheSandbox
from certtray_sandbox.limits import KEY_BITS
from certtray_sandbox.problems import documented

router = APIRouter()


@router.post("/sessions", status_code=201, responses=documented(*BODY, refusals.WRONG_LOGIN, refusals.LOGIN_LOCKED))
def log_in(body: models.NationalIdLogin, sandbox: TheSandbox) -> models.SessionAnswer:
    """Log in; the answer carries the login-time check of the person's certificates (0-03, 0-06, 0-07)."""
    token, expires_at = sessions.log_in(sandbox, body.id, body.password)
    now = sandbox.clock()
    with sandbox.store.transaction() as db:
        held = certificates.held_by(db, body.id)
    return models.SessionAnswer(
        token=token,
        expires_at=expires_at,
        person_id=body.id,
        must_change_password=False,
        key_plan=models.KeyPlan(algorithm="RSA", bits=KEY_BITS, usages=["both"]),
        state=certificates.state_of(held, now),
        certificates=[_host_certificate(certificate, now) for certificate in held],
    )


@router.delete("/sessions/current", status_code=204, responses=documented(refusals.NO_SESSION))
def log_out(caller: Authenticated) -> None:
    """Log out."""
    with caller.call() as call:
        sessions.log_out(call.db, call.session)


@router.post(
    "/identity",
    status_code=204,
    responses=documented(*BODY, refusals.NO_SESSION, refusals.WRONG_BIRTH_DATE, refusals.IDENTITY_LOCKED),
)
def check_identity(body: models.Identity, caller: Authenticated) -> None:
    """Check the birth date; needed before a code may be sent (0-08)."""
    with caller.call() as call:
        sessions.check_identity(call.db, call.session, body.birth_date, call.now)


@router.get("/contacts", responses=documented(refusals.NO_SESSION))
def list_contacts(caller: Authenticated) -> list[models.ContactAnswer]:
    """List the contacts on file, masked (0-09)."""
    with caller.call() as call:
        return [
            models.ContactAnswer(id=contact.id, kind=contact.kind, masked=contact.masked)
            for contact in people.contacts_of(call.db, call.session.person)
        ]


@router.get("/terms")
def read_terms() -> models.TermsAnswer:
    """Show the subscriber terms in force (0-14)."""
    return models.TermsAnswer(
        version=terms.VERSION, clauses=[models.Clause(zh_TW=chinese, en=english) for chinese, english in terms.CLAUSES]
    )


@router.get("/certificates", responses=documented(refusals.NO_SESSION))
def list_certificates(caller: Authenticated) -> list[models.HostCertificate]:
    """List everything ever issued to this person, newest first (0-16)."""
    with caller.call() as call:
        return [_host_certificate(one, call.now) for one in certificates.held_by(call.db, call.session.person)]


def _host_certificate(certificate: certificates.Issued, now: datetime) -> models.HostCertificate:
    return models.HostCertificate(
        serial=certificate.serial,
        cn=certificate.cn,
        usage=certificate.usage,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        status=certificate.status(now),
        reason=certificate.revoked or "",
        device="PC",
        subject=certificate.subject,
        issuer=certificate.issuer,
    )
