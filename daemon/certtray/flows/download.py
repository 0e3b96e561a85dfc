"""Fetch certificates that were accepted but never put in place (2-10, 2-11, 3-16), on the computer that applied for them."""

from __future__ import annotations

from certtray.core.errors import FileMissing, KeyElsewhere, NothingToDownload
from certtray.core.masks import mask_numbers
from certtray.flows.context import Context
from certtray.flows.done import Done
from certtray.flows.face import Event
from certtray.flows.login import log_in
from certtray.flows.operations import Operation, Step
from certtray.flows.questions import Choice, Option
from certtray.flows.resume import resume
from certtray.flows.stage import Stage
from certtray.issuers.base import Download


def play(stage: Stage, profile_id: str) -> Operation | Done:
    """Choose what to download at an issuer and put it in place.

    NothingToDownload (6036), KeyElsewhere (80092004) where the keys are not on this computer. What is still being issued
    (6025) stays waiting.
    """
    context = stage.context(profile_id)
    log_in(context)
    listed = {str(each.enrollment_id): each for each in context.face.wait("downloads", context.issuer.downloads)}
    if not listed:
        raise NothingToDownload(issuer=context.issuer_name, number="6036", **context.contact)
    options = tuple(_option(each) for each in listed.values())
    chosen = listed[context.face.ask(Choice(key="download", facts={"issuer": context.issuer_name}, options=options))]
    operation = _kept_here(context, chosen)
    if chosen.pending:
        context.face.tell(Event("issuing", {"issuer": context.issuer_name}))
        with context.operations.held():
            return context.operations.hold(operation, "issuing")
    if operation.step is Step.INSTALLED:  # the issuer does not take it that it is
        return Done("already_installed", {"path": mask_numbers(operation.target)})
    return resume(context, operation)


def _kept_here(context: Context, download: Download) -> Operation:
    try:
        operation = context.operations.load(str(download.enrollment_id))
    except FileMissing:
        operation = None
    if operation is None or not (operation.step.open or operation.step is Step.INSTALLED):
        rule = context.profile.manage.revoke.value
        raise KeyElsewhere(issuer=context.issuer_name, number="80092004", rule=rule, **context.contact)
    return operation


def _option(download: Download) -> Option:
    facts: dict[str, str | int] = {"cn": mask_numbers(download.cn), "n": len(download.usages)}
    return Option(str(download.enrollment_id), "download.pending" if download.pending else "download", facts)
