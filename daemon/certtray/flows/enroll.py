"""The head that applying and renewing share: factors, keys, enrollment, code, terms, password; then ``finish``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import uuid4

from certtray.core.errors import AlreadyRunning
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.crypto.cmc import renewal_proof
from certtray.flows.context import Account, Context
from certtray.flows.face import Event
from certtray.flows.factors import accept_terms, one_time_code, prove_identity
from certtray.flows.finish import finish
from certtray.flows.hand import InHand
from certtray.flows.new_password import PASSWORD_MIN, password_rule
from certtray.flows.operations import Operation, stamp
from certtray.flows.questions import Action, SecretLine
from certtray.issuers.base import EnrollmentRequest
from certtray.media.base import OldCertificate
from certtray.rules.profile import Factor
from certtray.system.files import write_atomic


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done: ``apply`` or ``renew``, the file it ends in, and what the old one was."""

    action: Literal["apply", "renew"]
    target: Path
    old: Sequence[OldCertificate] = ()
    old_password: Secret | None = None
    keep_password: bool = False
    """The old file's password was kept in the secret store."""


def enroll(context: Context, account: Account, wish: Wish) -> Operation:
    """Carry a wish through; until the operation is kept an interruption leaves nothing behind, here or at the issuer."""
    face, profile, issuer = context.face, context.profile, context.issuer
    factors = profile.apply_factors if wish.action == "apply" else profile.renew_factors
    plan = account.found.key_plan
    if Factor.BIRTH_DATE in factors:
        prove_identity(context)
    keys = face.wait("new_keys", lambda: context.medium.new_keys(plan.usages, plan.bits, account.person_id))
    terms = face.wait("terms", issuer.terms)
    enrollment_id = uuid4()
    state = face.wait(
        "enroll",
        lambda: issuer.enroll(
            EnrollmentRequest(
                id=enrollment_id,
                action=wish.action,
                old_serials=tuple(old.certificate.serial for old in wish.old),
                request_hashes=tuple(hashlib.sha256(request).hexdigest() for request in keys.requests),
                usages=plan.usages,
                terms_version=terms.version,
            )
        ),
    )
    if "otp" in state.needs:
        one_time_code(context, enrollment_id, wish.action)
    accept_terms(context, terms)
    password = _file_password(context, account, wish)

    folder = context.operations.folder(str(enrollment_id))
    with context.operations.held():
        if context.operations.pending(wish.target):  # begun elsewhere while we were asking
            raise AlreadyRunning(what="operation")
        face.wait("keep", lambda: keys.keep(folder, password))
        for index, old in enumerate(wish.old):
            proof = renewal_proof(keys.requests, enrollment_id, state.nonce, old.key, old.der, now=context.clock())
            write_atomic(folder / f"proof-{index}.cms", proof)
        operation = context.operations.save(
            Operation(
                id=str(enrollment_id),
                action=wish.action,
                profile=profile.id,
                holder=account.person_id,
                target=str(wish.target),
                usages=plan.usages,
                terms_version=terms.version,
                created=stamp(context.clock()),
                password_set="" if password is wish.old_password else stamp(context.clock()),
            )
        )
        face.tell(Event("kept"))
        return finish(context, operation, InHand(keys, password, keep_password=wish.keep_password))


def _file_password(context: Context, account: Account, wish: Wish) -> Secret:
    answer = context.face.ask(
        SecretLine(
            key="new_file_password",
            facts={"path": mask_numbers(str(wish.target)), "n": PASSWORD_MIN},
            twice=True,
            check=password_rule(account.person_id),
            actions=("keep",) if wish.old_password else (),
        )
    )
    if isinstance(answer, Action):
        assert wish.old_password is not None  # noqa: S101 - the only action is offered with it
        return wish.old_password
    return answer
