"""Renew before expiry: the old certificate read, then as applying (0-20, 0-21; 3-14, 3-15, 4-14 on a token)."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from certtray.core.dates import taiwan_date, taiwan_time
from certtray.core.errors import Cancelled, NoToken, NotThisPerson, OldCertificateLost, RenewalImpossible
from certtray.core.identity import identity
from certtray.core.masks import mask_numbers
from certtray.core.periods import opens
from certtray.flows.apply import after
from certtray.flows.context import Account, Context
from certtray.flows.done import Cell, Done, Word
from certtray.flows.enroll import Wish, enroll
from certtray.flows.login import log_in
from certtray.flows.old_file import open_old_file
from certtray.flows.on_token import device_of, on_token
from certtray.flows.operations import Operation
from certtray.flows.questions import Choice, Confirm, Option
from certtray.flows.resume import resume
from certtray.flows.stage import (
    Stage,
    choose_issuer,
    entry_at,
    find_entry,
    key_file,
    looks_like_fingerprint,
    profile_of,
    token_of,
)
from certtray.media.base import OldCertificate
from certtray.rules.profile import Device, Medium
from certtray.rules.profiles import match


def renew(context: Context, path: Path | None = None) -> Operation | Done:
    """Open the old file, log in unless done, and carry the renewal through; the new file takes the old one's place.

    What was interrupted on the way to the same file is carried on instead: a second certificate would replace the first.
    NotThisPerson when file and login differ, RenewalImpossible once it has expired: both before anything is asked for or sent.
    """
    if path is None and context.medium.kind != "pfx":
        path = _choose_kept(context)
    if path is not None and (pending := context.operations.pending(path)):
        return resume(context, pending)
    old = open_old_file(context, path)
    if pending := context.operations.pending(old.path):
        return resume(context, pending)
    newest = {each.certificate.usage: each for each in old.certificates}  # sorted by end: the last of each usage
    holder = identity(old.certificates[-1].certificate).holder
    if any(each.certificate.not_after < context.clock() for each in newest.values()):
        rule = context.profile.renewal.after_expiry.value
        raise RenewalImpossible(issuer=context.issuer_name, rule=rule, **context.contact)
    _confirm(context, list(newest.values()))
    account = log_in(context, known_id=holder, to_renew=True)
    if account.person_id != holder:
        raise NotThisPerson(issuer=context.issuer_name)
    wish = Wish(
        "renew",
        context.medium.place(holder, old.certificates[-1].certificate.subject_cn)
        if context.medium.beside
        else old.path,
        old=list(newest.values()),
        old_password=old.password,
        keep_password=old.password_kept,
        device=_device(context, account, old.certificates[-1].certificate.serial) if context.token else None,
    )
    return after(context, enroll(context, account, wish))


def _choose_kept(context: Context) -> Path:
    """Return the file of our store that holds what is meant; OldCertificateLost (0-20, 3-13)."""
    kept = context.medium.kept()
    if not kept:
        raise OldCertificateLost(issuer=context.issuer_name, phone=context.profile.contact.phone)
    if len(kept) == 1:
        return kept[0]
    options = tuple(Option(str(index), "kept", {"cn": mask_numbers(path.stem)}) for index, path in enumerate(kept))
    return kept[int(context.face.ask(Choice(key="kept", facts={"issuer": context.issuer_name}, options=options)))]


def _device(context: Context, account: Account, serial: int) -> Device:
    """Return the kind of token in hand, as the issuer registered it; TokenNeeded."""
    known = [each.device for each in account.found.certificates if each.serial == serial]
    return device_of(context, known[0] if known else "")


def _on_token(context: Context) -> bool:
    """Say whether what is meant lies on a token rather than on this computer; where it may be either, the person says."""
    if Medium.TOKEN not in context.profile.media:
        return False
    if context.pc_medium is None or not context.pc_medium.kept():
        return True
    known = [each for each in context.inventory.entries() if match(each.certificate, (context.profile,)) is not None]
    if not any(token_of(each) for each in known):
        return False
    where = ("computer", "token")
    options = tuple(Option(each, f"renew_where.{each}") for each in where)
    return (
        context.face.ask(Choice(key="renew_where", facts={"issuer": context.issuer_name}, options=options)) == "token"
    )


def _confirm(context: Context, old: list[OldCertificate]) -> None:
    """Show a pair's two rows (2-15), and ask before the window opens, for the issuer may not want it yet (2-13, 3-12)."""
    now, window = taiwan_date(context.clock()), context.profile.renewal.opens
    early = any(now < opens(taiwan_date(each.certificate.not_after), window) for each in old)
    if not early and len(old) == 1:
        return
    rows = [row for each in old for row in _rows(each)]
    key = "renew_early" if early else "renew_these"
    if not context.face.ask(Confirm(key=key, facts={"issuer": context.issuer_name}, rows=rows)):
        raise Cancelled(where=key)


def _rows(old: OldCertificate) -> list[tuple[Cell, Cell]]:
    of = old.certificate
    return [
        (Word("usage"), Word("is_usage", {"usage": of.usage})),
        (Word("cn"), mask_numbers(of.subject_cn)),
        (Word("serial"), of.serial_hex),
        (Word("from"), taiwan_time(of.not_before)),
        (Word("to"), taiwan_time(of.not_after)),
        (Word("subject"), mask_numbers(", ".join(f"{name}={value}" for name, value in of.subject))),
        (Word("issued_by"), of.issuer_cn),
    ]


def play(stage: Stage, certificate: str) -> Operation | Done:
    """Renew the certificate with this fingerprint, or in the file at this path; empty: in the file the person points to."""
    path = Path(certificate).expanduser().absolute()
    if not certificate or path.is_file() or not looks_like_fingerprint(certificate):
        entry = entry_at(stage, path) if certificate else None
        context = stage.context(profile_of(stage, entry).id if entry else choose_issuer(stage))
        if not certificate and _on_token(context):
            with ExitStack() as on:
                try:
                    at_hand = on.enter_context(on_token(context, with_own=True))
                except NoToken:
                    if context.pc_medium is None:
                        raise
                else:
                    return renew(at_hand)
        return renew(context, path if certificate else None)
    entry = find_entry(stage, certificate)
    context = stage.context(profile_of(stage, entry).id)
    place = key_file(entry)
    if place is None and (serial := token_of(entry)):
        with on_token(context, serial) as at_hand:
            return renew(at_hand, at_hand.medium.place("", entry.certificate.subject_cn))
    if place is None and context.medium.beside and entry.has_key:
        place = context.medium.place(identity(entry.certificate).holder, entry.certificate.subject_cn)
    return renew(context, place)
