"""Convert an EDI user's FEDI certificates into FXML ones on line, without a visit to the counter (3-26)."""

from __future__ import annotations

from certtray.flows.apply import after
from certtray.flows.done import Done
from certtray.flows.enroll import Wish, enroll
from certtray.flows.login import log_in
from certtray.flows.operations import Operation
from certtray.flows.registrations import choose_registration
from certtray.flows.resume import resume
from certtray.flows.stage import Stage


def play(stage: Stage, profile_id: str) -> Operation | Done:
    """Convert at an issuer; what was interrupted is carried on instead."""
    context = stage.context(profile_id)
    account = log_in(context)
    registration = choose_registration(context, "convert")
    target = context.medium.place(account.person_id, registration.cn)
    if pending := context.operations.pending(target):
        return resume(context, pending)
    return after(context, enroll(context, account, Wish("convert", target, registration=registration)))
