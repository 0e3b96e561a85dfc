"""How things stand, for the tray: from what is due, what is unfinished, and what is locked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from certtray.core.masks import mask_numbers
from certtray.flows.operations import Operation
from certtray.inventory.db import Inventory
from certtray.inventory.matrix import matrix
from certtray.rules.profile import Profile
from certtray.text import Text
from certtray.tray.icon import Mark
from certtray.tray.menu import ENVIRONMENT, OVERVIEW, STORES
from certtray.tray.situation import Line, Situation
from certtray.watch.due import Notice, standing_levels
from certtray.watch.quiet import paused


def look(
    text: Text,
    inventory: Inventory,
    unfinished: Sequence[Operation],
    profiles: Sequence[Profile],
    now: datetime,
    environment: int = 0,
) -> Situation:
    """Return the situation: certificates most urgent first, then operations, locked files, stores that drifted, and
    what the environment check found in the way."""
    say, entries, quiet = text.say, inventory.entries(), inventory.journal.quiet()
    due = standing_levels(entries, profiles, now)
    lines = [_line(text, notice) for notice in due]
    for operation in unfinished:
        lines.append(Line(say("tray.line.unfinished"), f"certtray://flow/resume/{operation.id}", Mark.NEEDS_YOU))
    locked = [bad for bad in inventory.bad_files() if bad.problem.code in ("locked", "wrong-password")]
    if locked:
        lines.append(Line(say("tray.line.locked", n=len(locked)), OVERVIEW, Mark.NEEDS_YOU))
    if drifting := matrix(inventory.stores.all(), entries, profiles, now).drifting_stores:
        lines.append(Line(say("tray.line.drift", n=drifting), STORES, Mark.NEEDS_YOU))
    if environment:
        lines.append(Line(say("tray.line.environment", n=environment), ENVIRONMENT, Mark.NEEDS_YOU))
    key = "attention" if lines else "well" if entries else "none"
    return Situation(
        language=text.language,
        sentence=say(f"tray.sentence.{key}", n=len(lines) or len(entries)),
        attention=tuple(lines),
        paused_until=quiet.paused_until if paused(quiet, now) else None,
    )


def _line(text: Text, notice: Notice) -> Line:
    certificate, profile = notice.certificate, notice.profile
    issuer = certificate.issuer_cn
    if profile:
        issuer = profile.name_en if text.language == "en" else profile.name_zh_tw
    past = notice.level.past
    words = text.say(
        f"tray.line.{past or 'days'}",
        issuer=issuer,
        name=mask_numbers(certificate.subject_cn),
        n=notice.days_left,
    )
    page = "certificate" if past or profile is None else "flow/renew"
    target = f"certtray://{page}/{certificate.fingerprint}"
    return Line(words, target, Mark.EXPIRED if past else Mark.EXPIRING)
