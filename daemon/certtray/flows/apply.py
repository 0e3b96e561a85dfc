"""Apply for certificates (0-06, 0-08 … 0-15; 1-05 … 1-08; 2-06 … 2-09; 3-07 … 3-09)."""

from __future__ import annotations

from certtray.core.errors import Cancelled
from certtray.flows.certificates import listing
from certtray.flows.context import Account, Context
from certtray.flows.done import Done
from certtray.flows.enroll import Enrolled, Wish, enroll
from certtray.flows.login import log_in
from certtray.flows.operations import Operation
from certtray.flows.questions import Confirm
from certtray.flows.registrations import choose_registration
from certtray.flows.resume import resume
from certtray.flows.stage import Stage
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
        target = context.medium.place(account.person_id, registration.cn)
        if pending := context.operations.pending(target):
            return resume(context, pending)
        done = enroll(context, account, Wish("apply", target, registration=registration))
        if done.after != "list":
            return after(context, done)


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
