"""Apply for certificates (0-06, 0-08 … 0-15; 1-05 … 1-08; 2-06 … 2-09; 3-07 … 3-11; 4-12)."""

from __future__ import annotations

from contextlib import ExitStack

from certtray.core.errors import Cancelled
from certtray.flows.certificates import listing
from certtray.flows.context import Account, Context
from certtray.flows.done import Done
from certtray.flows.enroll import Enrolled, Wish, enroll
from certtray.flows.login import log_in
from certtray.flows.on_token import device_of, on_token
from certtray.flows.operations import Operation
from certtray.flows.questions import Confirm
from certtray.flows.registrations import choose_registration
from certtray.flows.resume import resume
from certtray.flows.stage import Stage
from certtray.issuers.base import ON_COMPUTER, Registration
from certtray.rules.profile import Way


def apply(context: Context) -> Operation | Done:
    """Log in unless done, and carry an application through; the file goes to the issuer's default place unless one is chosen.

    An application that was interrupted is carried on instead.
    """
    account = log_in(context)
    if context.profile.manage.register is Way.NONE:
        return _without_registration(context, account)
    while True:
        registration = choose_registration(context, "apply")
        done = registered(context, account, registration)
        if isinstance(done, Operation):
            return done
        if done.after != "list":
            return after(context, done)


def registered(context: Context, account: Account, registration: Registration) -> Enrolled | Operation:
    """Enroll for what was registered, on the medium that was fixed then (3-02); or carry on what was begun for it."""
    with ExitStack() as on:
        device = None if registration.device == ON_COMPUTER else device_of(context, registration.device)
        if device is not None:
            context = on.enter_context(on_token(context))
        target = context.medium.place(account.person_id, registration.cn)
        if pending := context.operations.pending(target):
            return resume(context, pending)
        return enroll(context, account, Wish(registration.action, target, registration=registration, device=device))


def after(context: Context, done: Enrolled) -> Operation | Done:
    """Go where the person wanted to after applying: to what they hold (憑證管理), or nowhere."""
    return listing(context) if done.after == "manage" else done.operation


def _without_registration(context: Context, account: Account) -> Operation:
    asks = context.profile.file is not None and context.profile.file.ask
    target = context.medium.place(account.person_id, account.person_id)
    known = context.operations
    if pending := known.applying(context.profile.id, account.person_id) if asks else known.pending(target):
        return resume(context, pending)
    # The manual does not say what applying does beside a valid certificate; it costs the person one, so it is asked.
    if account.found.state in ("valid", "expiring") and not context.face.ask(Confirm(key="apply_beside_valid")):
        raise Cancelled(where="apply")
    return enroll(context, account, Wish("apply", target, choose_place=asks)).operation


def play(stage: Stage, profile_id: str) -> Operation | Done:
    """Apply at an issuer."""
    return apply(stage.context(profile_id))
