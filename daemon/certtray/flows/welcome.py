"""What happens after logging in without a wish: look at both sides and offer the one next step (0-06, 0-07, 0-16, 0-17)."""

from __future__ import annotations

from certtray.core.certificate import Certificate
from certtray.core.dates import taiwan_date, taiwan_time
from certtray.core.identity import identity
from certtray.core.masks import mask_numbers
from certtray.flows.apply import apply
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.login import log_in
from certtray.flows.old_file import open_old_file
from certtray.flows.operations import Operation
from certtray.flows.questions import Confirm
from certtray.flows.renew import renew
from certtray.flows.stage import Stage
from certtray.issuers.base import HostCertificate
from certtray.rules.profiles import match


def welcome(context: Context) -> Operation | None:
    """Log in unless done, and show both sides; without a certificate offer to apply, with one about to expire to renew.

    Where the issuer knows a valid certificate and this machine has not read any, its file is asked for (0-17).
    """
    account = log_in(context)
    state = account.found.state
    if state == "none":
        if context.face.ask(Confirm(key="offer_apply_none", facts={"issuer": context.issuer_name})):
            return apply(context)
        return None
    newest = max(account.found.certificates, key=lambda each: (each.not_after, each.not_before))
    certificate, place = _local(context, account.person_id, newest.serial)
    if certificate is None and state == "valid":
        old = open_old_file(context, None)
        certificate, place = old.certificates[-1].certificate, str(old.path)
    context.face.tell(_both_sides(account.person_id, newest, certificate, place))
    if state == "expired":
        if context.face.ask(Confirm(key="offer_apply_expired", facts={"issuer": context.issuer_name})):
            return apply(context)
    elif state == "expiring":
        facts = {"issuer": context.issuer_name, "date": f"{taiwan_date(newest.not_after):%Y/%m/%d}"}
        if context.face.ask(Confirm(key="offer_renew", facts=facts)):
            return renew(context)
    return None


def _local(context: Context, person_id: str, serial: int) -> tuple[Certificate | None, str]:
    """Return the certificate with ``serial`` that lies here with its key, else the person's latest one, and its place."""
    held = [
        (entry.certificate, next(place.path for place in entry.locations if place.has_key))
        for entry in context.inventory.entries()
        if entry.has_key
        and match(entry.certificate, (context.profile,)) is not None
        and identity(entry.certificate).holder == person_id
    ]
    return max(held, key=lambda each: (each[0].serial == serial, each[0].not_after), default=(None, ""))


def _both_sides(person_id: str, host: HostCertificate, local: Certificate | None, place: str) -> Event:
    """Host and own computer side by side; the same serial on both sides is the right certificate (0-16, 0-18)."""
    facts: dict[str, str | int] = {
        "id": mask_numbers(person_id),
        "host_cn": mask_numbers(host.subject_cn),
        "host_serial": f"{host.serial:08X}",
        "host_from": taiwan_time(host.not_before),
        "host_to": taiwan_time(host.not_after),
        "host_status": host.status,
    }
    if local is None:
        return Event("host_and_local_none", facts)
    facts |= {
        "cn": mask_numbers(local.subject_cn),
        "serial": local.serial_hex,
        "from": taiwan_time(local.not_before),
        "to": taiwan_time(local.not_after),
        "place": mask_numbers(place),
    }
    return Event("host_and_local_same" if local.serial == host.serial else "host_and_local_differ", facts)


def play(stage: Stage, profile_id: str) -> Operation | None:
    """Log in at an issuer and look."""
    return welcome(stage.context(profile_id))
