"""Routes about what an enrollment still needs: the one-time code, the password from the counter's notice."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from certtray_sandbox import enrollments, models, otp, refusals, registrations, sessions
from certtray_sandbox.callers import BODY, Authenticated
from certtray_sandbox.enrollment_routes import PATH
from certtray_sandbox.limits import OTP_LIFE
from certtray_sandbox.problems import documented

router = APIRouter()


@router.post(
    "/enrollments/{enrollment_id}/otp",
    status_code=202,
    responses=documented(
        *BODY,
        *PATH,
        refusals.IDENTITY_NEEDED,
        refusals.FACTOR_DONE,
        refusals.ENROLLMENT_ENDED,
        refusals.OTP_SENDS_USED,
    ),
)
def start_otp(enrollment_id: UUID, body: models.OtpStart, caller: Authenticated) -> models.OtpTicket:
    """Send a code for this enrollment; a former one stops working (0-09)."""
    with caller.call() as call:
        enrollment = enrollments.read(call.db, call.session.person, str(enrollment_id))
        sessions.require_identity(call.session)
        ticket = otp.start(call.db, call.sandbox, enrollment, body.contact, call.now)
        return models.OtpTicket(
            expires_at=ticket.expires_at,
            expires_in=int(OTP_LIFE.total_seconds()),
            tries_left=ticket.tries_left,
            resends_left=ticket.resends_left,
            digits=ticket.digits,
        )


@router.post(
    "/enrollments/{enrollment_id}/otp/verify",
    status_code=204,
    responses=documented(
        *BODY, *PATH, refusals.OTP_WRONG, refusals.OTP_EXPIRED, refusals.FACTOR_DONE, refusals.ENROLLMENT_ENDED
    ),
)
def verify_otp(enrollment_id: UUID, body: models.OtpEntry, caller: Authenticated) -> None:
    """Enter the code; three wrong ones end the enrollment (0-11, 0-12)."""
    with caller.call() as call:
        enrollment = enrollments.read(call.db, call.session.person, str(enrollment_id))
        otp.verify(call.db, call.sandbox, enrollment, body.code, call.now)


@router.post(
    "/enrollments/{enrollment_id}/apply-password",
    status_code=204,
    responses=documented(
        *BODY,
        *PATH,
        refusals.APPLY_PASSWORD_WRONG,
        refusals.APPLY_PASSWORD_LOCKED,
        refusals.FACTOR_DONE,
        refusals.ENROLLMENT_ENDED,
    ),
)
def give_apply_password(enrollment_id: UUID, body: models.ApplyPassword, caller: Authenticated) -> None:
    """Enter the password from the counter's notice; wrong ones count per registration (3-09)."""
    registrations.give_apply_password(caller.sandbox, caller.session(), str(enrollment_id), body.password)
