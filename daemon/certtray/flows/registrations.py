"""What the counter has registered and the holder may apply for, or convert (2-06, 3-07, 3-26)."""

from __future__ import annotations

from typing import Literal

from certtray.core.errors import Cancelled, NotRegistered
from certtray.core.masks import mask_numbers
from certtray.flows.context import Context
from certtray.flows.done import Cell, both
from certtray.flows.on_token import device_of
from certtray.flows.questions import Choice, Confirm, Option
from certtray.issuers.base import ON_COMPUTER, Registration


def choose_registration(context: Context, action: Literal["apply", "convert"]) -> Registration:
    """Return the registration the person means, once they have confirmed what it says.

    NotRegistered without any, TokenNeeded where the counter fixed a telephone (3-02), Cancelled when what it says is wrong.
    """
    listed = context.face.wait("registrations", context.issuer.registrations)
    found = {each.id: each for each in listed if each.action == action}
    if not found:
        rule = context.profile.manage.register.value if action == "apply" else action
        raise NotRegistered(issuer=context.issuer_name, rule=rule, **context.contact)
    options = tuple(
        Option(each.id, "registration", {"cn": mask_numbers(each.cn), "device": each.device}) for each in found.values()
    )
    chosen = found[context.face.ask(Choice(key="registration", facts={"action": action}, options=options))]
    if chosen.device != ON_COMPUTER:
        device_of(context, chosen.device)
    rows: list[tuple[Cell, Cell]] = [(both(zh, en), mask_numbers(value)) for zh, en, value in chosen.facts]
    if not context.face.ask(Confirm(key="registration_right", facts={"issuer": context.issuer_name}, rows=rows)):
        raise Cancelled(where="registration_right")
    return chosen
