"""Routes about certificates: list, suspend, reinstate, revoke, proof."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from certtray_sandbox import certificates, manage, manage_models, refusals
from certtray_sandbox.answers import host_certificate, shown
from certtray_sandbox.callers import BODY, SESSION, Authenticated
from certtray_sandbox.problems import documented

CERTIFICATE: Final = (*BODY, *SESSION, refusals.OLD_UNKNOWN, refusals.OLD_EXPIRED)

router = APIRouter(prefix="/certificates")


@router.get("", responses=documented(*SESSION))
def list_certificates(caller: Authenticated) -> list[manage_models.HostCertificate]:
    """List everything ever issued to this person, newest first (0-16, 1-13)."""
    with caller.call() as call:
        opens = call.sandbox.profile.renewal.opens
        held = certificates.held_by(call.db, call.session.person)
        return [host_certificate(certificate, call.now, opens) for certificate in held]


@router.put(
    "/suspension",
    status_code=204,
    responses=documented(*CERTIFICATE, refusals.OLD_REVOKED, refusals.SUSPEND_ELSEWHERE),
)
def suspend(body: manage_models.Serials, caller: Authenticated) -> None:
    """Put certificates on hold, all or none; doing it again changes nothing (3-18, 4-11)."""
    with caller.call() as call:
        manage.suspend(call.db, call.sandbox.profile, call.session.person, body.normal(), call.now)


@router.put(
    "/reinstatement",
    status_code=204,
    responses=documented(*CERTIFICATE, refusals.OLD_REVOKED, refusals.REINSTATE_ELSEWHERE),
)
def reinstate(body: manage_models.Serials, caller: Authenticated) -> None:
    """Take certificates off hold, all or none; doing it again changes nothing (4-11)."""
    with caller.call() as call:
        manage.reinstate(call.db, call.sandbox.profile, call.session.person, body.normal(), call.now)


@router.put("/revocation", status_code=204, responses=documented(*CERTIFICATE, refusals.REVOKE_ELSEWHERE))
def revoke(body: manage_models.Revocation, caller: Authenticated) -> None:
    """Revoke certificates for good, all or none; doing it again changes nothing (0-24)."""
    with caller.call() as call:
        manage.revoke(call.db, call.sandbox.profile, call.session.person, body.normal(), body.reason, call.now)


@router.post(
    "/{serial}/proofs",
    status_code=201,
    responses=documented(*SESSION, refusals.INVALID, refusals.OLD_UNKNOWN),
)
def prove(serial: manage_models.Serial, caller: Authenticated) -> manage_models.ProofAnswer:
    """State what a certificate is and says, under a number of its own (3-19)."""
    with caller.call() as call:
        normal = f"{int(serial, 16):08X}"
        number, facts = manage.prove(call.db, call.sandbox.profile, call.session.person, normal, call.now)
        return manage_models.ProofAnswer(number=number, facts=shown(facts))
