"""Compare what the issuer knows with what lies on this computer (0-16, 0-18, 0-19, 1-02 … 1-04)."""

from __future__ import annotations

from certtray.core.certificate import Certificate
from certtray.flows.compare import both_sides, in_files, in_stores, local, newest, or_asked
from certtray.flows.context import Context
from certtray.flows.done import Done
from certtray.flows.login import log_in
from certtray.flows.old_file import open_old_file
from certtray.flows.questions import Action, File
from certtray.flows.stage import Stage


def view(context: Context) -> Done | None:
    """Show both sides; while another than the newest is read, another file may be chosen (0-19)."""
    account = log_in(context)
    host = newest(account.found.certificates)
    if host is None:
        return Done("nothing_issued", {"issuer": context.issuer_name})
    certificate, place = or_asked(context, host, _here(context, account.person_id, host.serial))
    context.face.tell(both_sides(account.person_id, host, certificate, place))
    while certificate is not None and certificate.serial != host.serial and in_files(context):
        facts = {"issuer": context.issuer_name, "serial": f"{host.serial:08X}"}
        other = context.face.ask(File(key="other_file", facts=facts, actions=("enough",)))
        if isinstance(other, Action):
            break
        opened = open_old_file(context, other)
        certificate, place = opened.newest_like(host.serial), str(opened.path)
        context.face.tell(both_sides(account.person_id, host, certificate, place))
    return None


def _here(context: Context, person_id: str, serial: int) -> tuple[Certificate | None, str]:
    """Return the certificate on this computer that is compared first, and its place.

    Where the person chose the file's place it may lie anywhere: the store is looked at first, and a file is chosen if it is
    not there (1-02, 1-03). On a Mac a file is always chosen (1-04).
    """
    if context.profile.file is None or not context.profile.file.ask:
        return local(context, person_id, serial)
    return (None, "") if context.platform == "darwin" else in_stores(context, person_id, serial)


def play(stage: Stage, profile_id: str) -> Done | None:
    """Compare at an issuer."""
    return view(stage.context(profile_id))
