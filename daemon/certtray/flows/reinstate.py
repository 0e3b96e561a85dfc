"""Take certificates off hold where the issuer does that on line (4-11 憑證復用), else say where (3-18)."""

from __future__ import annotations

from certtray.flows.choose import ON_HOLD
from certtray.flows.done import Done
from certtray.flows.manage import manage
from certtray.flows.stage import Stage


def play(stage: Stage, profile_id: str) -> Done:
    """Reinstate at an issuer."""
    context = stage.context(profile_id)
    return manage(context, "reinstate", context.profile.manage.reinstate, (ON_HOLD,), context.issuer.reinstate)
