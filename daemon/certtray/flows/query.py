"""Everything about one certificate, of any state (3-17)."""

from __future__ import annotations

from certtray.flows.choose import choose_certificate, details
from certtray.flows.done import Done, Table
from certtray.flows.login import log_in
from certtray.flows.stage import Stage


def play(stage: Stage, profile_id: str) -> Done:
    """Choose a certificate at an issuer and look."""
    context = stage.context(profile_id)
    log_in(context)
    chosen = choose_certificate(context, "query")
    data = {"serial": f"{chosen.serial:08X}", "status": chosen.status, "reason": chosen.reason or None}
    return Done("query", {"issuer": context.issuer_name}, Table(("name", "value"), details(chosen)), data)
