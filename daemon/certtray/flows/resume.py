"""Carry on what was interrupted."""

from __future__ import annotations

from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.finish import finish
from certtray.flows.hand import InHand
from certtray.flows.login import Account
from certtray.flows.operations import Operation


def resume(context: Context, operation: Operation, account: Account | None = None) -> Operation:
    """Carry ``operation`` on from the step it reached; asks only for what that step needs.

    ``account`` is who is logged in already.
    """
    logged_in = account is not None and account.person_id == operation.holder
    with context.operations.held():
        operation = context.operations.load(operation.id)
        context.face.tell(Event("resuming", {"issuer": context.issuer_name, "action": operation.action}))
        return finish(context, operation, InHand(logged_in=logged_in))
