"""What cannot be repeated, and so is journalled: one tail for apply, renew and resume (DESIGN.md, idea 1).

Each function carries an operation from one persisted step to the next; a crash between two of them costs nothing but time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from certtray.core.errors import (
    CertificateNotTrusted,
    DamagedFile,
    FileMissing,
    IssuerAnswerInvalid,
    IssuerRefused,
    KeyMissing,
    NoSecretStore,
    NotACertificateFile,
)
from certtray.core.masks import mask_numbers
from certtray.crypto.chain import verify_chain
from certtray.crypto.content import FileContent, Holding
from certtray.crypto.files import read_certificates
from certtray.flows.context import Context
from certtray.flows.everywhere import carried, put_in_place
from certtray.flows.face import Event
from certtray.flows.hand import InHand, ensure_logged_in, open_keys
from certtray.flows.operations import Operation, Step, shown_stamp, stamp
from certtray.flows.put_in_stores import parcels_of
from certtray.flows.questions import Choice, Option
from certtray.flows.recorded import record
from certtray.flows.report import report
from certtray.inventory.history import What
from certtray.issuers.base import NOT_LOGGED_IN, Pending
from certtray.system.files import read_limited, write_atomic
from certtray.system.secrets import keep_password


def finish(context: Context, operation: Operation, hand: InHand) -> Operation:
    """Carry ``operation`` on until it is closed or has to wait (``waiting`` then says for what). Call while holding operations."""
    while operation.step.open:
        before = operation.step
        operation = _NEXT[before](context, operation, hand)
        if operation.step is before:
            context.face.tell(Event(f"waiting.{operation.waiting}", {"date": shown_stamp(operation.not_before)}))
            break
    if operation.step is Step.INSTALLED:
        context.operations.tidy(operation)
    return operation


def _send(context: Context, operation: Operation, _hand: InHand) -> Operation:
    ensure_logged_in(context, operation)
    return context.operations.advance(operation, Step.SENT)


def _collect(context: Context, operation: Operation, hand: InHand) -> Operation:
    logged_in_before = context.session.account is not None
    ensure_logged_in(context, operation)
    folder = context.operations.folder(operation.id)
    requests = [read_limited(folder / f"request-{usage}.p10") for usage in operation.usages]
    proofs = [read_limited(path) for path in sorted(folder.glob("proof-*.cms"))]
    try:
        answer = context.face.wait(
            "issue", lambda: context.issuer.submit(UUID(operation.id), requests, proofs, operation.terms_version)
        )
    except IssuerRefused as refused:
        if refused.number == NOT_LOGGED_IN and logged_in_before:  # the session ended while the person was reading
            context.session.account = None
            return _collect(context, operation, hand)
        if refused.number != NOT_LOGGED_IN and "retry_after" not in refused.facts:
            _record(context, operation, What.REFUSED)
            context.operations.advance(operation, Step.REFUSED)
        raise
    if hand.download_later:  # once, right after applying
        hand.after = _after_applying(context, operation)
        if hand.after != "download":
            return context.operations.hold(operation, "download")
    if isinstance(answer, Pending):
        return context.operations.hold(operation, "issuing")
    write_atomic(folder / "issued.p7", answer.pkcs7)
    context.face.tell(Event("issued"))
    return context.operations.advance(operation, Step.ISSUED)


def _after_applying(context: Context, operation: Operation) -> str:
    """Say that the certificates are being issued and cannot be used before they are downloaded, and ask for the way on."""
    options = tuple(Option(each, f"after_applying.{each}") for each in ("download", "manage", "list"))
    facts = {"issuer": context.issuer_name, "action": operation.action}
    return context.face.ask(Choice(key="after_applying", facts=facts, options=options))


def _prove(context: Context, operation: Operation, hand: InHand) -> Operation:
    if (hand.keys is None or hand.password is None) and not open_keys(context, operation, hand):
        return _lost(context, operation)
    try:
        starts = _assemble(context, operation, hand)
    except (CertificateNotTrusted, DamagedFile, FileMissing, IssuerAnswerInvalid, NotACertificateFile):
        # What the issuer gave is of no use. Next time it is asked for again, which cannot issue twice.
        context.operations.advance(operation, Step.SENT)
        raise
    context.face.tell(Event("proven"))
    return context.operations.advance(replace(operation, not_before=stamp(starts)), Step.PROVEN)


def _lost(context: Context, operation: Operation) -> Operation:
    context.face.tell(Event("lost", {"issuer": context.issuer_name}))
    _record(context, operation, What.LOST)
    return context.operations.advance(operation, Step.LOST)


def _assemble(context: Context, operation: Operation, hand: InHand) -> datetime:
    """Join keys and certificates, check what they are worth; return when they start to be valid."""
    keys, password = hand.keys, hand.password
    assert keys is not None and password is not None  # noqa: S101 - opened by who calls
    folder = context.operations.folder(operation.id)
    issued = folder / "issued.p7"
    certificates = read_certificates(read_limited(issued), str(issued)).holdings
    new = context.face.wait(
        "prove", lambda: keys.assemble([each.der for each in certificates], folder, password, operation.label)
    )
    starts = max(each.not_before for each in new.certificates)
    own = {each.fingerprint for each in new.certificates}
    for each in certificates:
        if each.certificate.fingerprint in own:
            verify_chain(
                each.der, [other.der for other in certificates], context.ca_roots, max(starts, context.clock())
            )
    kind = context.medium.kind
    if kind == "token" or new.content is None:
        return starts
    hand.parcels = parcels_of(new.content.pairs, new.content.others, context.inventory)
    # By its hash the inventory will know the file without its password, wherever it is copied to.
    held = tuple(Holding(each.certificate, each.der, each.certificate.fingerprint in own) for each in certificates)
    context.inventory.remember(new.file_sha256, FileContent(kind, held))
    if not operation.password_set and Path(operation.target).exists():  # the old password was kept, and so is its hint
        old = hashlib.sha256(read_limited(Path(operation.target))).hexdigest()
        context.inventory.passwords.same(old, new.file_sha256)
    return starts


def _install(context: Context, operation: Operation, hand: InHand) -> Operation:
    # Programs that read the old file would be refused all day with one that starts tomorrow.
    if context.clock() < datetime.fromisoformat(operation.not_before) and not context.medium.beside:
        return context.operations.hold(operation, "not_yet_valid")
    target = Path(operation.target)
    folder = context.operations.folder(operation.id)
    if context.medium.beside and hand.password is None and not open_keys(context, operation, hand):
        return _lost(context, operation)
    if context.token is not None:
        context.token.log_in()
    elif hand.password is not None and not hand.parcels:
        hand.parcels = carried(context, folder, hand.password)
    try:
        kept = put_in_place(context, folder, target, hand)
    except KeyMissing:
        if context.token is None:
            raise
        return _lost(context, operation)  # the token was emptied meanwhile
    if kept is not None:
        context.face.tell(Event("archived", {"path": mask_numbers(str(kept))}))
    context.face.tell(_installed(context, operation))
    if hand.keep_password and hand.password:
        with suppress(NoSecretStore):  # it had one when the old password was read from it
            keep_password(operation.target, hand.password)
    _record(context, operation, _DONE[operation.action], read_limited(folder / "issued.p7"))
    operation = context.operations.advance(operation, Step.INSTALLED)
    return report(context, operation) if context.session.account else operation


def _installed(context: Context, operation: Operation) -> Event:
    if context.token is not None:
        return Event("installed_on_token", {"token": context.token.token.name})
    if context.medium.kind == "system_store":
        return Event("installed_in_store", {"issuer": context.issuer_name})
    return Event("installed", {"path": mask_numbers(operation.target)})


def _record(context: Context, operation: Operation, what: What, issued: bytes = b"") -> None:
    """Set down how the operation ended, before its journal says so: a second time it is dropped."""
    held = read_certificates(issued, "").holdings if issued else ()
    own = [each.certificate.fingerprint for each in held if not each.certificate.is_ca]
    record(context.face, context.history, context.clock(), what, own, operation.id)


_DONE = {"apply": What.APPLY, "renew": What.RENEW, "convert": What.FEDI}
_NEXT: dict[Step, Callable[[Context, Operation, InHand], Operation]] = {
    Step.KEPT: _send,
    Step.SENT: _collect,
    Step.ISSUED: _prove,
    Step.PROVEN: _install,
}
