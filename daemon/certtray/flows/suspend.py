"""Put certificates on hold, at any time, for a leaked key or a lost token (3-18 暫禁, 4-11 憑證停用)."""

from __future__ import annotations

from certtray.flows.choose import IN_FORCE
from certtray.flows.done import Done
from certtray.flows.manage import manage
from certtray.flows.stage import Stage


def play(stage: Stage, profile_id: str) -> Done:
    """Suspend at an issuer; only the issuer's own way leads back (3-18)."""
    context = stage.context(profile_id)
    return manage(context, "suspend", context.profile.manage.suspend, IN_FORCE, context.issuer.suspend)
