"""What happens after logging in without a wish: look at both sides and offer the one next step (0-06, 0-07, 0-17)."""

from __future__ import annotations

from certtray.core.dates import taiwan_date
from certtray.flows.apply import apply
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.login import log_in
from certtray.flows.old_file import open_old_file
from certtray.flows.operations import Operation
from certtray.flows.questions import Confirm
from certtray.flows.renew import renew


def welcome(context: Context) -> Operation | None:
    """Log in; without a certificate offer to apply, with one about to expire offer to renew, else show that all is well.

    Where the issuer knows a valid certificate and this machine has not read it, its file is asked for (0-17).
    """
    account = log_in(context)
    state = account.found.state
    if state in ("none", "expired"):
        if context.face.ask(Confirm(key=f"offer_apply_{state}", facts={"issuer": context.issuer_name})):
            return apply(context, account)
        return None
    newest = max(account.found.certificates, key=lambda each: (each.not_after, each.not_before))
    known = {entry.certificate.serial for entry in context.inventory.entries() if entry.has_key}
    if state == "expiring":
        facts = {"issuer": context.issuer_name, "date": f"{taiwan_date(newest.not_after):%Y/%m/%d}"}
        if context.face.ask(Confirm(key="offer_renew", facts=facts)):
            return renew(context, account=account)
        return None
    serial = newest.serial
    if newest.serial not in known:
        old = open_old_file(context, None)
        serial = old.certificates[-1].certificate.serial
    same = serial == newest.serial
    context.face.tell(Event("host_and_local_same" if same else "host_and_local_differ", {"serial": f"{serial:08X}"}))
    return None
