"""The key or its password is gone: revoke what cannot be renewed, then apply anew (0-20)."""

from __future__ import annotations

from certtray.flows.apply import apply
from certtray.flows.done import Done
from certtray.flows.face import Event
from certtray.flows.operations import Operation
from certtray.flows.revoke import revoke
from certtray.flows.stage import Stage
from certtray.rules.profile import Way


def play(stage: Stage, profile_id: str) -> Operation | Done:
    """Revoke and apply at an issuer; where revoking is not done on line, say where, and apply afterwards."""
    context = stage.context(profile_id)
    revoked = revoke(context)
    if context.profile.manage.revoke is not Way.MENU:
        return revoked
    context.face.tell(Event("revoked", revoked.facts))
    return apply(context)
