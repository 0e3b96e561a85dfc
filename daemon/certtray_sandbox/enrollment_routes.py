"""Routes about one enrollment: create, requests, download, installed; its factors are in ``factor_routes``."""

from __future__ import annotations

import base64
from uuid import UUID

from fastapi import APIRouter, Response

from certtray_sandbox import (
    admission,
    challenge,
    enrollments,
    issuance,
    models,
    refusals,
)
from certtray_sandbox.callers import BODY, SESSION, Authenticated, Call
from certtray_sandbox.limits import PENDING_RETRY
from certtray_sandbox.problems import documented
from certtray_sandbox.refusals import Refusal

PATH = (*SESSION, refusals.NO_SUCH_PAGE, refusals.INVALID)
OLD = (
    refusals.OLD_UNKNOWN,
    refusals.OLD_EXPIRED,
    refusals.OLD_NOT_YET,
    refusals.OLD_REVOKED,
    refusals.OLD_ON_HOLD,
    refusals.OTHER_USAGES,
    refusals.NOT_REGISTERED,
)
PKCS7 = "application/pkcs7-mime"

router = APIRouter()


@router.put(
    "/enrollments/{enrollment_id}",
    responses={
        201: {"model": models.EnrollmentAnswer, "description": "Created"},
        **documented(*BODY, *PATH, refusals.ENROLLMENT_DIFFERS, refusals.TERMS, *OLD),
    },
)
def enroll(
    enrollment_id: UUID, body: models.EnrollmentBody, caller: Authenticated, response: Response
) -> models.EnrollmentAnswer:
    """Ask for certificates under an id of the client's making; the same again returns how it stands."""
    with caller.call() as call:
        enrollment, is_new = admission.admit(
            call.db, call.sandbox, call.session.person, str(enrollment_id), body.normal(), call.now
        )
        response.status_code = 201 if is_new else 200
        return _enrollment(call, enrollment)


@router.get("/enrollments/{enrollment_id}", responses=documented(*PATH))
def read_enrollment(enrollment_id: UUID, caller: Authenticated) -> models.EnrollmentAnswer:
    """Say how an enrollment stands."""
    with caller.call() as call:
        return _enrollment(call, enrollments.read(call.db, call.session.person, str(enrollment_id)))


@router.put(
    "/enrollments/{enrollment_id}/requests",
    responses={
        202: {"model": models.Pending, "description": "Accepted, waits for the back office"},
        **documented(
            *BODY,
            *PATH,
            refusals.FACTOR_NEEDED,
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
    enrollment_id: UUID, body: models.Requests, caller: Authenticated, response: Response
) -> models.Issued | models.Pending:
    """Hand in the requests and get the certificates; again returns the same certificates (0-15, 0-21)."""
    with caller.call() as call:
        enrollment = enrollments.read(call.db, call.session.person, str(enrollment_id))
        submission = issuance.Submission(
            requests=[binary(text) for text in body.requests],
            proofs=[binary(text) for text in body.proofs],
            terms_accepted=body.terms_accepted,
            terms_version=body.terms_version,
        )
        pkcs7 = issuance.submit(call.db, call.sandbox, enrollment, submission, call.now)
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
def download(enrollment_id: UUID, caller: Authenticated) -> Response:
    """Download the certificates as certs-only PKCS#7; 6025 while they are being issued, 6036 when there are none."""
    with caller.call() as call:
        enrollment = enrollments.read(call.db, call.session.person, str(enrollment_id))
        pkcs7 = issuance.result(call.db, call.sandbox, enrollment, call.now)
        if pkcs7 is None:
            raise Refusal(refusals.PENDING, retry_after=int(PENDING_RETRY.total_seconds()))
        return Response(pkcs7, media_type=f"{PKCS7}; smime-type=certs-only")


@router.post(
    "/enrollments/{enrollment_id}/installed",
    status_code=204,
    responses=documented(*PATH, refusals.PENDING, refusals.NOTHING),
)
def installed(enrollment_id: UUID, caller: Authenticated) -> None:
    """Report that the new keys are in place and work: the renewed certificates become superseded (state 20)."""
    with caller.call() as call:
        enrollments.installed(call.db, enrollments.read(call.db, call.session.person, str(enrollment_id)), call.now)


def _enrollment(call: Call, enrollment: enrollments.Enrollment) -> models.EnrollmentAnswer:
    return models.EnrollmentAnswer(
        id=enrollment.id,
        action=enrollment.action,
        state=enrollment.state,
        device=enrollment.wanted.device,
        nonce=base64.b64encode(enrollment.nonce).decode(),
        needs=list(enrollment.needs),
        challenges=[
            models.Challenge(serial=serial, envelope=base64.b64encode(envelope).decode())
            for serial, envelope in challenge.of(call.db, enrollment.id).items()
        ],
    )


def binary(text: str) -> bytes:
    """Decode base64; a body that is none is refused."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refusal(refusals.INVALID) from error
