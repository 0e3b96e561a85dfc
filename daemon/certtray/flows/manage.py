"""Suspending and taking back: what is done to certificates where they were issued (3-18, 4-11).

All of it is idempotent at the issuer: after an interruption the list says how things stand, and one starts again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from certtray.core.errors import Cancelled, DeedUnclear, IssuerAnswerInvalid, IssuerUnreachable
from certtray.core.masks import mask_numbers
from certtray.flows.choose import choose_name, details
from certtray.flows.context import Context
from certtray.flows.done import Done
from certtray.flows.elsewhere import elsewhere
from certtray.flows.login import log_in, look_again
from certtray.flows.questions import Confirm
from certtray.flows.recorded import record
from certtray.inventory.history import What
from certtray.issuers.base import HostCertificate
from certtray.rules.profile import Way
from certtray.rules.profiles import match


def manage(
    context: Context, name: str, way: Way, states: Sequence[int], act: Callable[[tuple[int, ...]], None]
) -> Done:
    """Choose a common name, show its certificates, ask whether the person is sure, and ``act`` on all of them.

    ``name`` is the procedure's; where the issuer does it otherwise than on line, that way is named.
    """
    if way is not Way.MENU:
        return elsewhere(context.profile, context.issuer_name, way, name)
    log_in(context)
    chosen = choose_name(context, name, states)
    be_sure(context, name, chosen)
    serials = tuple(each.serial for each in chosen)
    carry_out(context, name, lambda: act(serials))
    return done(context, name, chosen)


def be_sure(context: Context, name: str, chosen: Sequence[HostCertificate]) -> None:
    """Show what it is about and ask; Cancelled when the person is not sure."""
    rows = [row for each in chosen for row in details(each)]
    if not context.face.ask(Confirm(key=f"{name}_sure", facts={"issuer": context.issuer_name}, rows=rows)):
        raise Cancelled(where=f"{name}_sure")


def carry_out(context: Context, name: str, act: Callable[[], None]) -> None:
    """Have the issuer do it; DeedUnclear when no answer tells whether it has, for it may have."""
    try:
        context.face.wait(name, act)
    except (IssuerUnreachable, IssuerAnswerInvalid) as error:
        raise DeedUnclear(issuer=context.issuer_name, phone=context.profile.contact.phone) from error


def done(context: Context, name: str, chosen: Sequence[HostCertificate]) -> Done:
    """Set down what was done, look at how things stand now, and return the certificates it was done to."""
    serials = {each.serial for each in chosen}
    here = [
        entry.certificate.fingerprint
        for entry in context.inventory.entries()
        if entry.certificate.serial in serials and match(entry.certificate, (context.profile,))
    ]
    record(context.face, context.history, context.clock(), What(name), here)
    if account := context.session.account:
        context.session.account = look_again(context, account.found)
    facts = {
        "issuer": context.issuer_name,
        "cn": mask_numbers(chosen[0].subject_cn),
        "n": len(chosen),
        **context.contact,
    }
    return Done(name, facts, data={"serials": [f"{each.serial:08X}" for each in chosen]})
