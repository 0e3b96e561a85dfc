"""Change the password of the issuer's site (2-23, 4-19)."""

from __future__ import annotations

from certtray.flows.done import Done
from certtray.flows.elsewhere import elsewhere
from certtray.flows.factors import change_site_password
from certtray.flows.login import log_in
from certtray.flows.stage import Stage


def play(stage: Stage, profile_id: str) -> Done:
    """Change it at an issuer; one that has none to change here says where."""
    context = stage.context(profile_id)
    if context.profile.login.password is None:
        return elsewhere(context.profile, context.issuer_name, context.profile.login.reset, "site-password")
    before = context.session.account
    account = log_in(context)
    if before is account or not account.found.must_change_password:  # else logging in has just done it
        change_site_password(context)
    return Done("site_password", {"issuer": context.issuer_name})
