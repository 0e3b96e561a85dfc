"""Which of the certificates the issuer knows is meant."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from certtray.core.certificate import Usage
from certtray.core.dates import taiwan_date, taiwan_time
from certtray.core.errors import NoneFits
from certtray.core.masks import mask_numbers
from certtray.flows.context import Context
from certtray.flows.done import Cell, Word
from certtray.flows.questions import Choice, Option
from certtray.issuers.base import HostCertificate

VALID, NOT_DOWNLOADED, ON_HOLD, EXPIRED, EXPIRING = 0, 12, 26, 30, 31
"""States as the issuers number them (FACTS.md 1.7)."""
IN_FORCE = (VALID, EXPIRING)


def choose_certificate(context: Context, key: str, states: Collection[int] = ()) -> HostCertificate:
    """Return one certificate in one of ``states`` (all, when empty); NoneFits."""
    found = _fitting(context, key, states)
    options = tuple(_option(str(index), [each]) for index, each in enumerate(found))
    return found[int(context.face.ask(Choice(key=key, facts={"issuer": context.issuer_name}, options=options)))]


def choose_name(context: Context, key: str, states: Collection[int]) -> list[HostCertificate]:
    """Return all certificates of one common name in one of ``states``: what is done to one is done to its pair (3-18)."""
    names: dict[str, list[HostCertificate]] = {}
    for each in _fitting(context, key, states):
        names.setdefault(each.subject_cn, []).append(each)
    groups = [sorted(group, key=lambda each: each.usage is Usage.ENCRYPT) for group in names.values()]
    options = tuple(_option(str(index), group) for index, group in enumerate(groups))
    return groups[int(context.face.ask(Choice(key=key, facts={"issuer": context.issuer_name}, options=options)))]


def details(certificate: HostCertificate) -> list[tuple[Cell, Cell]]:
    """Return all that is known of a certificate, as (name, value) rows (3-17, 2-15)."""
    rows: list[tuple[Cell, Cell]] = [
        (Word("cn"), mask_numbers(certificate.subject_cn)),
        (Word("serial"), f"{certificate.serial:08X}"),
        (Word("serial_decimal"), str(certificate.serial)),
        (Word("status"), Word("is_status", {"host_status": certificate.status})),
        (Word("usage"), Word("is_usage", {"usage": certificate.usage})),
        (Word("device"), Word("is_device", {"device": certificate.device})),
        (Word("from"), taiwan_time(certificate.not_before)),
        (Word("to"), taiwan_time(certificate.not_after)),
        (Word("subject"), mask_numbers(certificate.subject)),
        (Word("issued_by"), certificate.issuer),
    ]
    if certificate.reason:
        rows.append((Word("reason"), Word(f"reason.{certificate.reason}")))
    return rows


def _fitting(context: Context, key: str, states: Collection[int]) -> list[HostCertificate]:
    listed = context.face.wait("certificates", context.issuer.certificates)
    found = [each for each in listed if not states or each.status in states]
    if not found:
        raise NoneFits(issuer=context.issuer_name, rule=key)
    return found


def _option(option_id: str, group: Sequence[HostCertificate]) -> Option:
    first = group[0]
    facts: dict[str, str | int] = {
        "cn": mask_numbers(first.subject_cn),
        "serials": " ".join(f"{each.serial:08X}" for each in group),
        "host_status": first.status,
        "date": f"{taiwan_date(first.not_after):%Y/%m/%d}",
    }
    if len(group) == 1:
        return Option(option_id, "certificate", {**facts, "usage": first.usage})
    return Option(option_id, "certificates", {**facts, "n": len(group)})
