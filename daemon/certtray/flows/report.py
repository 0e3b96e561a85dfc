"""Telling the issuer that certificates are in place: the old ones end, and the new ones count as downloaded.

It is a courtesy that must not undo what is done: what could not be said, because nobody was logged in or the connection was
gone, is said at the next login.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from uuid import UUID

from certtray.core.errors import CertTrayError, IssuerRefused
from certtray.flows.context import Context
from certtray.flows.operations import Operation, Step

log = logging.getLogger(__name__)


def report(context: Context, operation: Operation) -> Operation:
    """Say that ``operation`` is installed; one the issuer no longer knows is not spoken of again."""
    try:
        context.face.wait("tell_issuer", lambda: context.issuer.installed(UUID(operation.id)))
    except IssuerRefused as refused:
        log.info("the issuer does not take %s: %s", operation.id, refused)
    except CertTrayError as error:
        log.info("the issuer was not told of %s: %s", operation.id, error)
        return operation
    return context.operations.save(replace(operation, reported=True))


def report_all(context: Context, person_id: str) -> bool:
    """Say so of everything of this person that was not said yet; return whether there was anything."""
    wanted = (Step.INSTALLED, context.profile.id, person_id, False)
    late = [
        each for each in context.operations.all() if (each.step, each.profile, each.holder, each.reported) == wanted
    ]
    for operation in late:
        report(context, operation)
    return bool(late)
