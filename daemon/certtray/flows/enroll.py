"""The head that applying and renewing share: factors, keys, enrollment, code, terms, password; then ``finish``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from certtray.core.errors import AlreadyRunning, CertTrayError, InputError
from certtray.core.masks import mask_numbers
from certtray.core.secret import Secret
from certtray.crypto.challenge import answer_challenge
from certtray.crypto.cmc import renewal_proof
from certtray.flows.context import Account, Context
from certtray.flows.everywhere import install_everywhere
from certtray.flows.face import Event
from certtray.flows.factors import accept_terms, apply_password, notice_address, one_time_code, prove_identity
from certtray.flows.finish import finish
from certtray.flows.hand import InHand
from certtray.flows.new_password import ask_new_password
from certtray.flows.on_token import make_ready
from certtray.flows.operations import Operation, stamp
from certtray.flows.questions import Line, Place
from certtray.issuers.base import Action, EnrollmentRequest, EnrollmentState, Registration
from certtray.media.base import OldCertificate, PendingKeys
from certtray.rules.profile import Device, Factor
from certtray.system.files import write_atomic

KEY_NAME_MAX = 40
"""Characters of a key's name; the manual's examples are John and L999 (2-07)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done, what it ends in, and what the old one was."""

    action: Action
    target: Path
    """Where the certificates go; suggested only, with ``choose_place``."""
    choose_place: bool = False
    """The person may choose another place (1-07)."""
    registration: Registration | None = None
    """What is applied for where the issuer registers first."""
    old: Sequence[OldCertificate] = ()
    old_password: Secret | None = None
    keep_password: bool = False
    """The old file's password was kept in the secret store."""
    device: Device | None = None
    """The kind of token the keys are to be on, which is in hand; None where they are on this computer."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """How far an enrollment came, and what the person chose to do next where downloading is a step of its own (3-09)."""

    operation: Operation
    after: str


def enroll(context: Context, account: Account, wish: Wish) -> Enrolled:
    """Carry a wish through; until the operation is kept an interruption leaves nothing behind, here or at the issuer."""
    face, profile = context.face, context.profile
    factors = profile.renew_factors if wish.action == "renew" else profile.apply_factors
    if Factor.BIRTH_DATE in factors:
        prove_identity(context)
    on_file = wish.registration.email if wish.registration else ""
    email = notice_address(context, on_file) if Factor.EMAIL in factors else ""
    common_name = wish.registration.cn if wish.registration else account.person_id
    terms = face.wait("terms", context.issuer.terms)
    if (
        wish.device is not None
    ):  # keys on a token cannot be dropped like keys in memory: whatever can end it comes first
        accept_terms(context, terms)
        make_ready(context, wish.device, account.person_id)
    enrollment_id, plan = uuid4(), account.found.key_plan
    folder = context.operations.folder(str(enrollment_id))
    keys = face.wait(
        "new_keys" if wish.device is None else "new_keys_on_token",
        lambda: context.medium.new_keys(plan.usages, plan.bits, common_name, folder),
        context.token.worker.kill if context.token else None,  # a device may take minutes, or wait for its button
    )
    request = EnrollmentRequest(
        id=enrollment_id,
        action=wish.action,
        old_serials=tuple(old.certificate.serial for old in wish.old),
        request_hashes=tuple(hashlib.sha256(request).hexdigest() for request in keys.requests),
        usages=plan.usages,
        terms_version=terms.version,
        registration=wish.registration.id if wish.registration else "",
        email=email,
    )
    with _discarded(keys), ExitStack() as alone:
        state = _verified(context, request)
        if wish.device is None:
            accept_terms(context, terms)
        target = _place(context, account, wish)
        label = face.ask(Line(key="key_name", check=_key_name)) if context.medium.names_keys else ""
        password = _new_password(context, account, wish, target)
        alone.enter_context(context.operations.held())
        if context.operations.pending(target):  # begun elsewhere while we were asking
            raise AlreadyRunning(what="operation")
        face.wait("keep", lambda: keys.keep(folder, password))
        _prove_old(context, wish, request, state, keys, folder)
        operation = context.operations.save(
            Operation(
                id=str(enrollment_id),
                action=wish.action,
                profile=profile.id,
                holder=account.person_id,
                target=str(target),
                usages=plan.usages,
                terms_version=terms.version,
                created=stamp(context.clock()),
                password_set="" if password is wish.old_password else stamp(context.clock()),
                label=label,
                token=context.token.token.serial if context.token else "",
            )
        )
        unlocked = alone.pop_all()
    with unlocked:
        face.tell(Event("kept"))
        hand = InHand(keys, password, keep_password=wish.keep_password, download_later=profile.download)
        operation = finish(context, operation, hand)
    install_everywhere(context, operation, hand)
    return Enrolled(operation, hand.after)


@contextmanager
def _discarded(keys: PendingKeys) -> Iterator[None]:
    """Undo the making of ``keys`` where the block ends without an operation; what a lost token keeps, its next use removes."""
    try:
        yield
    except BaseException:
        with suppress(CertTrayError):
            keys.discard()
        raise


def _verified(context: Context, request: EnrollmentRequest) -> EnrollmentState:
    """Create the enrollment and give what the issuer wants to know before it certifies."""
    state = context.face.wait("enroll", lambda: context.issuer.enroll(request))
    if "otp" in state.needs:
        one_time_code(context, request.id, request.action)
    if "apply_password" in state.needs:
        apply_password(context, request.id)
    return state


def _prove_old(
    context: Context, wish: Wish, request: EnrollmentRequest, state: EnrollmentState, keys: PendingKeys, folder: Path
) -> None:
    """Let each old key prove itself for this enrollment, and keep the proofs; on a token it does so there (3-15)."""

    def prove(old: OldCertificate) -> bytes:
        # A key that may not sign proves itself by decrypting what was encrypted to it.
        challenge = state.challenges.get(old.certificate.serial)
        if challenge is not None:
            return answer_challenge(challenge, request.id, old.key, old.der)
        return renewal_proof(keys.requests, request.id, state.nonce, old.key, old.der, now=context.clock())

    if wish.device is not None and wish.old and context.profile.tokens[wish.device].button:
        context.face.tell(Event("press_button_to_prove", {"n": len(wish.old)}))
    for index, old in enumerate(wish.old):
        proof = context.face.wait("prove_old", lambda: prove(old))  # noqa: B023 - runs now
        write_atomic(folder / f"proof-{index}.cms", proof)


def _new_password(context: Context, account: Account, wish: Wish, target: Path) -> Secret:
    if not context.medium.sealed:
        return Secret("")
    return ask_new_password(
        context.face,
        "new_key_password" if context.medium.names_keys else "new_file_password",
        mask_numbers(str(target)),
        (account.person_id,),
        keep=wish.old_password,
    )


def _place(context: Context, account: Account, wish: Wish) -> Path:
    if not wish.choose_place:
        return wish.target
    facts = {"issuer": context.issuer_name, "id": mask_numbers(account.person_id)}
    return context.face.ask(Place(key="file_place", facts=facts, suggested=wish.target))


def _key_name(typed: str) -> str:
    if not typed:
        raise InputError(field="key_name", rule="empty")
    if len(typed) > KEY_NAME_MAX:
        raise InputError(field="key_name", rule="too_long", n=KEY_NAME_MAX)
    return typed
