"""Renew before expiry: the old certificate read, then as applying (0-20, 0-21)."""

from __future__ import annotations

from pathlib import Path

from certtray.core.errors import NotThisPerson, RenewalImpossible
from certtray.core.identity import identity
from certtray.flows.context import Context
from certtray.flows.enroll import Wish, enroll
from certtray.flows.login import log_in
from certtray.flows.old_file import open_old_file
from certtray.flows.operations import Operation
from certtray.flows.resume import resume
from certtray.flows.stage import (
    Stage,
    choose_issuer,
    entry_at,
    find_entry,
    key_file,
    looks_like_fingerprint,
    profile_of,
)


def renew(context: Context, path: Path | None = None) -> Operation:
    """Open the old file, log in unless done, and carry the renewal through; the new file takes the old one's place.

    What was interrupted on the way to the same file is carried on instead: a second certificate would replace the first.
    NotThisPerson when file and login differ, RenewalImpossible once it has expired: both before anything is asked for or sent.
    """
    if path is not None and (pending := context.operations.pending(path)):
        return resume(context, pending)
    old = open_old_file(context, path)
    if pending := context.operations.pending(old.path):
        return resume(context, pending)
    newest = {each.certificate.usage: each for each in old.certificates}  # sorted by end: the last of each usage
    holder = identity(old.certificates[-1].certificate).holder
    if any(each.certificate.not_after < context.clock() for each in newest.values()):
        raise RenewalImpossible(issuer=context.issuer_name, phone=context.profile.contact.phone)
    account = log_in(context, known_id=holder)
    if account.person_id != holder:
        raise NotThisPerson(issuer=context.issuer_name)
    wish = Wish("renew", old.path, list(newest.values()), old.password, keep_password=old.password_kept)
    return enroll(context, account, wish)


def play(stage: Stage, certificate: str) -> Operation:
    """Renew the certificate with this fingerprint, or in the file at this path; empty: in the file the person points to."""
    path = Path(certificate).expanduser().absolute()
    if not certificate or path.is_file() or not looks_like_fingerprint(certificate):
        entry = entry_at(stage, path) if certificate else None
        profile_id = profile_of(stage, entry).id if entry else choose_issuer(stage)
        return renew(stage.context(profile_id), path if certificate else None)
    entry = find_entry(stage, certificate)
    return renew(stage.context(profile_of(stage, entry).id), key_file(entry))
