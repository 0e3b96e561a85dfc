"""The RA API (DESIGN.md 7): routes only; each one authenticates, calls one procedure and shapes its answer."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from certtray_sandbox import (
    certificates,
    enrollments,
    issuance,
    models,
    otp,
    people,
    problems,
    refusals,
    sessions,
    terms,
)
from certtray_sandbox.body_limit import BodyLimit
from certtray_sandbox.home import Sandbox
from certtray_sandbox.limits import KEY_BITS, OTP_DIGITS, OTP_LIFE, PENDING_RETRY
from certtray_sandbox.refusals import Refusal
from certtray_sandbox.sessions import Session

BODY = (refusals.MALFORMED, refusals.INVALID, refusals.TOO_LARGE)
PATH = (refusals.NO_SESSION, refusals.NO_SUCH_PAGE, refusals.INVALID)
OLD = (refusals.OLD_UNKNOWN, refusals.OLD_EXPIRED, refusals.OLD_NOT_YET, refusals.OLD_REVOKED, refusals.OLD_CANNOT_SIGN)
PKCS7 = "application/pkcs7-mime"

router = APIRouter()
documented = problems.documented


def the_sandbox(request: Request) -> Sandbox:
    """Return the RA this server serves."""
    sandbox = request.app.state.sandbox
    if not isinstance(sandbox, Sandbox):
        raise TypeError("the application was not made by create_app")
    return sandbox


@dataclass(frozen=True)
class Call:
    """One authenticated request inside its own transaction."""

    sandbox: Sandbox
    db: Connection
    session: Session
    now: datetime


def a_call(
    sandbox: Annotated[Sandbox, Depends(the_sandbox)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> Iterator[Call]:
    """Open the transaction and say who is calling; it ends before the answer leaves."""
    now = sandbox.clock()
    with sandbox.store.transaction() as db:
        session = sessions.session_of(db, bearer.credentials if bearer else "", now)
        yield Call(sandbox, db, session, now)


# Function scope: committed before the answer is sent, so that an answer seen is an answer kept.
Authenticated = Annotated[Call, Depends(a_call, scope="function")]


@router.post("/sessions", status_code=201, responses=documented(*BODY, refusals.WRONG_LOGIN, refusals.LOGIN_LOCKED))
def log_in(body: models.NationalIdLogin, sandbox: Annotated[Sandbox, Depends(the_sandbox)]) -> models.SessionAnswer:
    """Log in; the answer carries the login-time check of the person's certificates (0-03, 0-06, 0-07)."""
    token, expires_at = sessions.log_in(sandbox, body.id, body.password)
    now = sandbox.clock()
    with sandbox.store.transaction() as db:
        held = certificates.held_by(db, body.id)
    return models.SessionAnswer(
        token=token,
        expires_at=expires_at,
        key_plan=models.KeyPlan(algorithm="RSA", bits=KEY_BITS, usages=["both"]),
        state=certificates.state_of(held, now),
        certificates=[_host_certificate(certificate, now) for certificate in held],
    )


@router.delete("/sessions/current", status_code=204, responses=documented(refusals.NO_SESSION))
def log_out(call: Authenticated) -> None:
    """Log out."""
    sessions.log_out(call.db, call.session)


@router.post(
    "/identity",
    status_code=204,
    responses=documented(*BODY, refusals.NO_SESSION, refusals.WRONG_BIRTH_DATE, refusals.IDENTITY_LOCKED),
)
def check_identity(body: models.Identity, call: Authenticated) -> None:
    """Check the birth date; needed before a code may be sent (0-08)."""
    sessions.check_identity(call.db, call.session, body.birth_date, call.now)


@router.get("/contacts", responses=documented(refusals.NO_SESSION))
def list_contacts(call: Authenticated) -> list[models.ContactAnswer]:
    """List the contacts on file, masked (0-09)."""
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
def list_certificates(call: Authenticated) -> list[models.HostCertificate]:
    """List everything ever issued to this person, newest first (0-16)."""
    return [_host_certificate(one, call.now) for one in certificates.held_by(call.db, call.session.person)]


@router.put(
    "/enrollments/{enrollment_id}",
    responses={
        201: {"model": models.EnrollmentAnswer, "description": "Created"},
        **documented(*BODY, *PATH, refusals.ENROLLMENT_DIFFERS, refusals.TERMS, *OLD),
    },
)
def enroll(
    enrollment_id: UUID, body: models.EnrollmentBody, call: Authenticated, response: Response
) -> models.EnrollmentAnswer:
    """Ask for certificates under an id of the client's making; the same again returns how it stands."""
    enrollment, is_new = enrollments.create(call.db, call.session.person, str(enrollment_id), body.normal(), call.now)
    response.status_code = 201 if is_new else 200
    return _enrollment(enrollment)


@router.get("/enrollments/{enrollment_id}", responses=documented(*PATH))
def read_enrollment(enrollment_id: UUID, call: Authenticated) -> models.EnrollmentAnswer:
    """Say how an enrollment stands."""
    return _enrollment(enrollments.read(call.db, call.session.person, str(enrollment_id)))


@router.post(
    "/enrollments/{enrollment_id}/otp",
    status_code=202,
    responses=documented(
        *BODY,
        *PATH,
        refusals.IDENTITY_NEEDED,
        refusals.OTP_DONE,
        refusals.ENROLLMENT_ENDED,
        refusals.OTP_SENDS_USED,
    ),
)
def start_otp(enrollment_id: UUID, body: models.OtpStart, call: Authenticated) -> models.OtpTicket:
    """Send a code for this enrollment; a former one stops working (0-09)."""
    enrollment = enrollments.read(call.db, call.session.person, str(enrollment_id))
    sessions.require_identity(call.session)
    ticket = otp.start(call.db, call.sandbox.otp_key, enrollment, body.contact, call.now)
    return models.OtpTicket(
        expires_at=ticket.expires_at,
        expires_in=int(OTP_LIFE.total_seconds()),
        tries_left=ticket.tries_left,
        resends_left=ticket.resends_left,
        digits=OTP_DIGITS,
    )


@router.post(
    "/enrollments/{enrollment_id}/otp/verify",
    status_code=204,
    responses=documented(
        *BODY, *PATH, refusals.OTP_WRONG, refusals.OTP_EXPIRED, refusals.OTP_DONE, refusals.ENROLLMENT_ENDED
    ),
)
def verify_otp(enrollment_id: UUID, body: models.OtpEntry, call: Authenticated) -> None:
    """Enter the code; three wrong ones end the enrollment (0-11, 0-12)."""
    enrollment = enrollments.read(call.db, call.session.person, str(enrollment_id))
    otp.verify(call.db, call.sandbox.otp_key, enrollment, body.code, call.now)


@router.put(
    "/enrollments/{enrollment_id}/requests",
    responses={
        202: {"model": models.Pending, "description": "Accepted, waits for the back office"},
        **documented(
            *BODY,
            *PATH,
            refusals.OTP_NEEDED,
            refusals.ENROLLMENT_ENDED,
            refusals.TERMS,
            refusals.HASH_MISMATCH,
            refusals.BAD_REQUEST,
            refusals.KEY_NOT_FIT,
            refusals.KEY_USED,
            refusals.BAD_PROOF,
            *OLD,
        ),
    },
)
def submit(
    enrollment_id: UUID, body: models.Requests, call: Authenticated, response: Response
) -> models.Issued | models.Pending:
    """Hand in the requests and get the certificates; again returns the same certificates (0-15, 0-21)."""
    enrollment = enrollments.read(call.db, call.session.person, str(enrollment_id))
    submission = issuance.Submission(
        requests=[_binary(text) for text in body.requests],
        proofs=[_binary(text) for text in body.proofs],
        terms_accepted=body.terms_accepted,
        terms_version=body.terms_version,
    )
    pkcs7 = issuance.submit(call.db, call.sandbox.authority, enrollment, submission, call.now)
    if pkcs7 is None:
        response.status_code = 202
        return models.Pending(retry_after=int(PENDING_RETRY.total_seconds()))
    return models.Issued(certificates=base64.b64encode(pkcs7).decode())


@router.get(
    "/enrollments/{enrollment_id}/certificates",
    response_class=Response,
    responses={
        200: {"content": {PKCS7: {"schema": {"type": "string", "format": "binary"}}}},
        **documented(*PATH, refusals.PENDING, refusals.NOTHING, refusals.KEY_USED),
    },
)
def download(enrollment_id: UUID, call: Authenticated) -> Response:
    """Download the certificates as certs-only PKCS#7; 6025 while they are being issued, 6036 when there are none."""
    enrollment = enrollments.read(call.db, call.session.person, str(enrollment_id))
    pkcs7 = issuance.result(call.db, call.sandbox.authority, enrollment, call.now)
    if pkcs7 is None:
        raise Refusal(refusals.PENDING, retry_after=int(PENDING_RETRY.total_seconds()))
    return Response(pkcs7, media_type=f"{PKCS7}; smime-type=certs-only")


@router.post(
    "/enrollments/{enrollment_id}/installed",
    status_code=204,
    responses=documented(*PATH, refusals.PENDING, refusals.NOTHING),
)
def installed(enrollment_id: UUID, call: Authenticated) -> None:
    """Report that the new keys are in place and work: the renewed certificates become superseded (state 20)."""
    enrollments.installed(call.db, enrollments.read(call.db, call.session.person, str(enrollment_id)))


def create_app(sandbox: Sandbox) -> FastAPI:
    """Make the ASGI application of one RA."""
    app = FastAPI(title="CertTray RA", version="1", docs_url=None, redoc_url=None)
    app.state.sandbox = sandbox
    app.include_router(router)
    app.add_middleware(BodyLimit)
    problems.install(app)
    return app


def _host_certificate(certificate: certificates.Issued, now: datetime) -> models.HostCertificate:
    return models.HostCertificate(
        serial=certificate.serial,
        cn=certificate.cn,
        usage=certificate.usage,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        status=certificate.status(now),
        reason=certificate.revoked,
    )


def _enrollment(enrollment: enrollments.Enrollment) -> models.EnrollmentAnswer:
    return models.EnrollmentAnswer(
        id=enrollment.id,
        action=enrollment.action,
        state=enrollment.state,
        nonce=base64.b64encode(enrollment.nonce).decode(),
        otp_required=enrollment.state == "created",
    )


def _binary(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refusal(refusals.INVALID) from error
