"""Host and own computer side by side (0-16, 0-18, 1-02)."""

from __future__ import annotations

import os
from pathlib import Path

from certtray.core.certificate import Certificate
from certtray.core.dates import taiwan_time
from certtray.core.identity import identity
from certtray.core.masks import mask_numbers
from certtray.flows.context import Context
from certtray.flows.face import Event
from certtray.flows.old_file import open_old_file
from certtray.issuers.base import ON_COMPUTER, HostCertificate
from certtray.rules.profiles import match
from certtray.stores.adapters import adapter_of
from certtray.stores.every import stores_here
from certtray.stores.relatives import understood


def newest(certificates: tuple[HostCertificate, ...]) -> HostCertificate | None:
    """Return the host's newest certificate for a computer; a telephone's is no reason to change a file (1-13)."""
    own = [each for each in certificates if each.device == ON_COMPUTER] or list(certificates)
    return max(own, key=lambda each: (each.not_after, each.not_before), default=None)


Found = tuple[Certificate | None, str]
"""A certificate of this computer and its place."""


def in_files(context: Context) -> bool:
    """Say whether the issuer's keys lie in files, so that the person can be asked for one."""
    return context.pc_medium is not None and context.pc_medium.kind == "pfx"


def or_asked(context: Context, host: HostCertificate, found: Found) -> Found:
    """Return ``found``, or where that is nothing the certificate in the file the person points to (0-17)."""
    if found[0] is not None or not in_files(context):
        return found
    opened = open_old_file(context, None)
    return opened.newest_like(host.serial), str(opened.path)


def local(context: Context, person_id: str, serial: int) -> Found:
    """Return the certificate with ``serial`` that lies here with its key, else the person's latest one, and its place."""
    held = [
        (entry.certificate, next(place.path for place in entry.locations if place.has_key))
        for entry in context.inventory.entries()
        if entry.has_key
        and match(entry.certificate, (context.profile,)) is not None
        and identity(entry.certificate).holder == person_id
    ]
    return max(held, key=lambda each: (each[0].serial == serial, each[0].not_after), default=(None, ""))


def in_stores(context: Context, person_id: str, serial: int) -> Found:
    """As ``local``, looking into the stores of the system and the browsers as they are now."""
    found = [
        (certificate, store.label)
        for store in stores_here(Path.home(), os.environ)
        for each in adapter_of(store).read(store).held
        if each.has_key
        and (certificate := understood(each.der)) is not None
        and match(certificate, (context.profile,)) is not None
        and identity(certificate).holder == person_id
    ]
    return max(found, key=lambda each: (each[0].serial == serial, each[0].not_after), default=(None, ""))


def both_sides(person_id: str, host: HostCertificate, local: Certificate | None, place: str) -> Event:
    """Host and own computer side by side; the same serial on both sides is the right certificate (0-16, 0-18)."""
    shown: dict[str, str | int] = {
        "id": mask_numbers(person_id),
        "host_cn": mask_numbers(host.subject_cn),
        "host_serial": f"{host.serial:08X}",
        "host_from": taiwan_time(host.not_before),
        "host_to": taiwan_time(host.not_after),
        "host_status": host.status,
    }
    if local is None:
        return Event("host_and_local_none", shown)
    shown |= {
        "cn": mask_numbers(local.subject_cn),
        "serial": local.serial_hex,
        "from": taiwan_time(local.not_before),
        "to": taiwan_time(local.not_after),
        "place": mask_numbers(place),
    }
    return Event("host_and_local_same" if local.serial == host.serial else "host_and_local_differ", shown)
