"""All currently valid certificates of the person, on every device (1-13)."""

from __future__ import annotations

from certtray.core.dates import taiwan_time
from certtray.core.masks import mask_numbers
from certtray.flows.choose import IN_FORCE
from certtray.flows.context import Context
from certtray.flows.done import Done, Table, Word
from certtray.flows.login import log_in
from certtray.flows.stage import Stage


def listing(context: Context) -> Done:
    """Return the table; serials stand in decimal, as system 1 prints them, and in hex, as the others do."""
    found = [each for each in context.face.wait("certificates", context.issuer.certificates) if each.status in IN_FORCE]
    rows = [
        (
            number,
            Word("is_status", {"host_status": each.status}),
            str(each.serial),
            f"{each.serial:08X}",
            mask_numbers(each.subject_cn),
            Word("is_usage", {"usage": each.usage}),
            Word("is_device", {"device": each.device}),
            taiwan_time(each.not_before),
            taiwan_time(each.not_after),
        )
        for number, each in enumerate(found, 1)
    ]
    columns = ("number", "status", "serial_decimal", "serial", "cn", "usage", "device", "from", "to")
    data = [
        {
            "serial": f"{each.serial:08X}",
            "cn": mask_numbers(each.subject_cn),
            "status": each.status,
            "usage": each.usage,
            "device": each.device,
            "not_before": each.not_before.isoformat(),
            "not_after": each.not_after.isoformat(),
        }
        for each in found
    ]
    facts: dict[str, str | int] = {"issuer": context.issuer_name, "n": len(found)}
    return Done("certificates", facts, Table(columns, rows), {"certificates": data})


def play(stage: Stage, profile_id: str) -> Done:
    """List at an issuer."""
    context = stage.context(profile_id)
    log_in(context)
    return listing(context)
