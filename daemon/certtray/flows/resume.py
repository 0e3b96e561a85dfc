"""Carry on what was interrupted."""

from __future__ import annotations

from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.finish import InHand, finish
from certtray.flows.operations import Operation


def resume(context: Context, operation: Operation) -> Operation:
    """Carry ``operation`` on from the step it reached; asks only for what that step needs."""
    with context.operations.held():
        operation = context.operations.load(operation.id)
        context.face.tell(Event("resuming", {"issuer": context.issuer_name, "action": operation.action}))
        return finish(context, operation, InHand())
