"""Convert an EDI user's FEDI certificates into FXML ones on line, without a visit to the counter (3-26)."""

from __future__ import annotations

from certtray.flows.apply import after, registered
from certtray.flows.done import Done
from certtray.flows.login import log_in
from certtray.flows.operations import Operation
from certtray.flows.registrations import choose_registration
from certtray.flows.stage import Stage


def play(stage: Stage, profile_id: str) -> Operation | Done:
    """Convert at an issuer; what was interrupted is carried on instead."""
    context = stage.context(profile_id)
    account = log_in(context)
    done = registered(context, account, choose_registration(context, "convert"))
    return done if isinstance(done, Operation) else after(context, done)
