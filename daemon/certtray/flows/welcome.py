"""What happens after logging in without a wish: look at both sides and offer the one next step (0-06, 0-07, 0-16, 0-17)."""

from __future__ import annotations

from certtray.core.dates import taiwan_date
from certtray.flows.apply import apply
from certtray.flows.compare import both_sides, local, newest, or_asked
from certtray.flows.context import Context
from certtray.flows.done import Done
from certtray.flows.login import log_in
from certtray.flows.operations import Operation
from certtray.flows.questions import Confirm
from certtray.flows.renew import renew
from certtray.flows.stage import Stage
from certtray.rules.profile import Factor


def welcome(context: Context) -> Operation | Done | None:
    """Log in unless done, and show both sides; without a certificate offer to apply, with one about to expire to renew.

    Where the issuer knows a valid certificate and this machine has not read any, its file is asked for (0-17).
    """
    account = log_in(context)
    state = account.found.state
    if state == "none":
        key = "offer_apply_none" if Factor.OTP in context.profile.apply_factors else "offer_apply_plain"
        if context.face.ask(Confirm(key=key, facts={"issuer": context.issuer_name})):
            return apply(context)
        return None
    host = newest(account.found.certificates)
    if host is None:
        return None
    found = local(context, account.person_id, host.serial)
    certificate, place = or_asked(context, host, found) if state == "valid" else found
    context.face.tell(both_sides(account.person_id, host, certificate, place))
    if state == "expired":
        if context.face.ask(Confirm(key="offer_apply_expired", facts={"issuer": context.issuer_name})):
            return apply(context)
    elif state == "expiring":
        facts = {"issuer": context.issuer_name, "date": f"{taiwan_date(host.not_after):%Y/%m/%d}"}
        key = "offer_renew" if Factor.OTP in context.profile.renew_factors else "offer_renew_plain"
        if context.face.ask(Confirm(key=key, facts=facts)):
            return renew(context)
    return None


def play(stage: Stage, profile_id: str) -> Operation | Done | None:
    """Log in at an issuer and look."""
    return welcome(stage.context(profile_id))
