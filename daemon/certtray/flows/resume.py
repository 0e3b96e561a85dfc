"""Carry on what was interrupted."""

from __future__ import annotations

from certtray.core.errors import Cancelled, CertTrayError
from certtray.flows.context import Context
from certtray.flows.done import Done
from certtray.flows.everywhere import install_everywhere
from certtray.flows.face import Event
from certtray.flows.finish import finish
from certtray.flows.hand import InHand
from certtray.flows.on_token import on_token
from certtray.flows.operations import Operation, Operations
from certtray.flows.stage import Stage


def resume(context: Context, operation: Operation) -> Operation:
    """Carry ``operation`` on from the step it reached; asks only for what that step needs."""
    if operation.token and context.token is None:
        with on_token(context, operation.token) as at_hand:
            return resume(at_hand, operation)
    with context.operations.held():
        operation = context.operations.load(operation.id)
        context.face.tell(Event("resuming", {"issuer": context.issuer_name, "action": operation.action}))
        hand = InHand()
        operation = finish(context, operation, hand)
    install_everywhere(context, operation, hand)
    return operation


def play(stage: Stage, operation_id: str) -> Operation | Done:
    """Carry one operation on, or every unfinished one, oldest first.

    What stops one of them does not stop the others; the first error is raised when all had their turn.
    """
    operations = Operations(stage.home.operations)
    if operation_id:
        operation = operations.load(operation_id)
        return resume(stage.context(operation.profile), operation)
    with operations.held():
        unfinished = operations.unfinished()
    done, failed = [], []
    for operation in unfinished:
        try:
            done.append(resume(stage.context(operation.profile), operation))
        except Cancelled:
            raise
        except CertTrayError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return Done(
        "resumed" if done else "nothing_to_resume", {"n": len(done)}, data={"operations": [each.row() for each in done]}
    )
