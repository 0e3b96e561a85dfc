"""Revoke for good where the issuer does that on line (0-24), else say where, with what the form asks for (2-19, 4-15, 1-14)."""

from __future__ import annotations

from certtray.core.masks import mask_numbers
from certtray.flows.choose import IN_FORCE, NOT_DOWNLOADED, ON_HOLD, choose_name
from certtray.flows.context import Context
from certtray.flows.done import Cell, Done, Table, Word
from certtray.flows.elsewhere import elsewhere
from certtray.flows.login import log_in
from certtray.flows.manage import be_sure, carry_out, done
from certtray.flows.paper import Document, hand_out
from certtray.flows.questions import Choice, Option
from certtray.flows.stage import Stage
from certtray.issuers.base import HostCertificate
from certtray.rules.profile import Way

REASONS = ("keyCompromise", "affiliationChanged", "cessationOfOperation", "superseded", "unspecified")
"""Names of RFC 5280 5.3.1 for what the manuals list: key exposed, lost or stolen; data changed; and so on (2-19)."""


def revoke(context: Context) -> Done:
    """Choose a common name and revoke all its certificates, or fill in the form with them."""
    way = context.profile.manage.revoke
    if way not in (Way.MENU, Way.PAPER):
        return elsewhere(context.profile, context.issuer_name, way, "revoke")
    log_in(context)
    chosen = choose_name(context, "revoke", (*IN_FORCE, NOT_DOWNLOADED, ON_HOLD))
    facts = {"issuer": context.issuer_name}
    options = tuple(Option(each, f"reason.{each}") for each in REASONS)
    reason = context.face.ask(Choice(key="revoke_reason", facts=facts, options=options))
    if way is Way.PAPER:
        return _on_paper(context, chosen, reason)
    be_sure(context, "revoke", chosen)
    serials = tuple(each.serial for each in chosen)
    carry_out(context, "revoke", lambda: context.issuer.revoke(serials, reason))
    return done(context, "revoke", chosen)


def _on_paper(context: Context, chosen: list[HostCertificate], reason: str) -> Done:
    rows: list[tuple[Cell, Cell]] = [(Word("cn"), mask_numbers(chosen[0].subject_cn))]
    rows += [(Word(f"serial_{each.usage}"), f"{each.serial:08X} ({each.serial})") for each in chosen]
    rows.append((Word("reason"), Word(f"reason.{reason}")))
    hand_out(
        context,
        Document(
            title=("憑證廢止申請資料", "Data for the revocation form"),
            rows=(
                ("發行機構", "Issuer", context.profile.name_zh_tw),
                ("用戶識別名稱", "Common name", chosen[0].subject_cn),
                *((f"憑證序號（{each.usage}）", "Serial", f"{each.serial:08X} ({each.serial})") for each in chosen),
                ("廢止原因", "Reason (RFC 5280)", reason),
                ("應備文件", "To bring", context.profile.manage.bring_zh_tw),
                ("送件地址", "Address", context.profile.contact.address or context.profile.contact.page),
                ("電話", "Phone", context.profile.contact.phone),
            ),
            name=f"revocation-{chosen[0].serial:08X}.pdf",
        ),
        rows,
    )
    return elsewhere(context.profile, context.issuer_name, Way.PAPER, "revoke", Table(("name", "value"), rows))


def play(stage: Stage, profile_id: str) -> Done:
    """Revoke at an issuer."""
    return revoke(stage.context(profile_id))
