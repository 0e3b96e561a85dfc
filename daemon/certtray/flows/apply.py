"""Apply for a first certificate (0-06, 0-08 … 0-15)."""

from __future__ import annotations

from certtray.core.errors import Cancelled, NoConnection
from certtray.flows.context import Context
from certtray.flows.enroll import Wish, enroll
from certtray.flows.login import log_in
from certtray.flows.operations import Operation
from certtray.flows.questions import Confirm
from certtray.flows.resume import resume
from certtray.flows.stage import Stage


def apply(context: Context) -> Operation:
    """Log in unless done, and carry an application through; the file goes to the issuer's default folder (0-15).

    An application that was interrupted is carried on instead.
    """
    account = log_in(context)
    if context.profile.file is None:
        raise NoConnection(
            issuer=context.issuer_name, page=context.profile.contact.page, phone=context.profile.contact.phone
        )
    target = context.profile.file.place(account.person_id)
    if pending := context.operations.pending(target):
        return resume(context, pending)
    # The manual does not say what applying does beside a valid certificate; it costs the person one, so it is asked.
    if account.found.state in ("valid", "expiring") and not context.face.ask(Confirm(key="apply_beside_valid")):
        raise Cancelled(where="apply")
    return enroll(context, account, Wish("apply", target))


def play(stage: Stage, profile_id: str) -> Operation:
    """Apply at an issuer."""
    return apply(stage.context(profile_id))
