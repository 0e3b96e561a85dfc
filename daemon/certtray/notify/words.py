"""What a notice says: one certificate with its next step, several as one list; no full personal number, no markup."""

from __future__ import annotations

import re
from datetime import date

from certtray.core.certificate import Certificate
from certtray.core.cn import parse_cn
from certtray.core.dates import taiwan_date
from certtray.core.errors import CertTrayError
from certtray.core.masks import mask_numbers
from certtray.core.periods import opens
from certtray.core.states import Action
from certtray.inventory.model import DRIFT
from certtray.notify.base import Button, Message
from certtray.rules.profile import Profile
from certtray.text import Text
from certtray.watch.drift import Drift
from certtray.watch.due import Digest, Notice, Renewed

OPEN, LATER = "open", "later"
"""Ids of the buttons: open the target; remind later."""

DIGEST, FAILING, ENVIRONMENT = "digest", "failing", "environment"
"""Ids of the notices that do not stand for one certificate."""

LINES = 4
"""Servers cut what is longer."""

LONGEST_NAME = 40

_BUTTONS = {Action.RENEW: "renew", Action.APPLY: "apply"}
# Names come from files anybody may have made: some servers read markup, and none should see a line broken or reversed.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_MARKUP = str.maketrans("<>&", "＜＞＆")


class Words:
    """Notices in the user's language."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def messages(self, digest: Digest) -> tuple[Message, ...]:
        """Return what to show for ``digest``: at most one notice about what is due, one about stores, and each success."""
        due = digest.notices
        first = () if not due else (self._one(due[0]),) if len(due) == 1 else (self._several(due),)
        stores = (self._drift(digest.drifts),) if digest.drifts else ()
        return (*first, *stores, *map(self._renewed, digest.renewed))

    def failing(self, error: CertTrayError) -> Message:
        """Return the notice that nothing could be checked for a while, and why."""
        title, what, todo = self._text.error(error)
        body = self._text.say("note.failing.body", title=title, what=what, todo=todo)
        return Message(
            id=FAILING,
            title=self._text.say("note.failing.title"),
            body=mask_numbers(_clean(body)),
            buttons=(Button(OPEN, self._text.say("note.button.view")),),
            target="certtray://overview",
        )

    def environment(self, number: int) -> Message:
        """Return the notice that the environment check found ``number`` things in the way."""
        return Message(
            id=ENVIRONMENT,
            title=self._text.say("note.environment.title"),
            body=self._text.say("note.environment.body", n=number),
            buttons=(Button(OPEN, self._text.say("note.button.view")),),
            target="certtray://flow/environment",
        )

    def _one(self, notice: Notice) -> Message:
        certificate, action = notice.certificate, notice.state.action
        return Message(
            id=certificate.fingerprint,
            title=self._text.say(f"note.{_kind(notice)}.title", n=notice.days_left),
            body=f"{self._who(certificate, notice.profile)}\n{self._todo(notice)}",
            buttons=self._buttons(_BUTTONS.get(action, "view"), later=notice.days_left != 0),
            target=_target(notice),
            fingerprints=(certificate.fingerprint,),
            urgent=notice.days_left <= 0 or bool(notice.level.past),
        )

    def _several(self, due: tuple[Notice, ...]) -> Message:
        say = self._text.say
        shown = due if len(due) <= LINES else due[: LINES - 1]
        lines = [
            say(f"note.several.{_kind(each)}", who=self._who(each.certificate, each.profile), n=each.days_left)
            for each in shown
        ]
        if len(due) > len(shown):
            lines.append(say("note.several.more", n=len(due) - len(shown)))
        return Message(
            id=DIGEST,
            title=say("note.several.title", n=len(due)),
            body="\n".join(lines),
            buttons=self._buttons("view", later=all(each.days_left != 0 for each in due)),
            target="certtray://overview",
            fingerprints=tuple(each.certificate.fingerprint for each in due),
            urgent=any(each.days_left <= 0 for each in due),
        )

    def _drift(self, drifts: tuple[Drift, ...]) -> Message:
        """One notice for all stores, a line for each; above them the certificate where it is one."""
        say = self._text.say
        by_store = {each.store.folder: [other for other in drifts if other.store == each.store] for each in drifts}
        lines = [
            say("note.drift.store", store=_name(here[0].store.label), how=say(f"drift.{here[0].cell}"))
            if len(here) == 1
            else say("note.drift.store_several", store=_name(here[0].store.label), n=len(here))
            for here in by_store.values()
        ]
        if len(holders := {each.line.target.fingerprint: each.line for each in drifts}) == 1:
            (line,) = holders.values()
            lines.insert(0, self._who(line.target, line.profile))
        return Message(
            id=DRIFT,
            title=say("note.drift.title", n=len(by_store)),
            body="\n".join(self._few(lines)),
            buttons=self._buttons("view", later=True),
            target="certtray://stores",
            fingerprints=(DRIFT,),
        )

    def _few(self, lines: list[str]) -> list[str]:
        if len(lines) <= LINES:
            return lines
        return [*lines[: LINES - 1], self._text.say("note.drift.more", n=len(lines) - LINES + 1)]

    def _renewed(self, renewed: Renewed) -> Message:
        certificate = renewed.certificate
        body = self._text.say("note.renewed.body", date=_date(taiwan_date(certificate.not_after)))
        return Message(
            id=f"renewed-{certificate.fingerprint}",
            title=self._text.say("note.renewed.title"),
            body=f"{self._who(certificate, renewed.profile)}\n{body}",
            buttons=self._buttons("view", later=False),
            target=f"certtray://certificate/{certificate.fingerprint}",
        )

    def _buttons(self, first: str, *, later: bool) -> tuple[Button, ...]:
        button = Button(OPEN, self._text.say(f"note.button.{first}"))
        return (button, Button(LATER, self._text.say("note.button.later"))) if later else (button,)

    def _todo(self, notice: Notice) -> str:
        action, profile = notice.state.action, notice.profile
        if notice.level.past in ("on_hold", "revoked") and action is Action.ASK_ISSUER:
            return self._text.say("note.todo.ask")
        today = action is Action.RENEW and notice.days_left == 0
        renewal = opens(taiwan_date(notice.certificate.not_after), profile.renewal.opens) if profile else None
        return self._text.say(
            f"note.todo.{'renew_today' if today else action.value}",
            date=_date(renewal) if renewal else "",
            phone=profile.contact.phone if profile else "",
        )

    def _who(self, certificate: Certificate, profile: Profile | None) -> str:
        name = parse_cn(certificate.subject_cn)
        if profile is None:
            issuer = plain(certificate.issuer_cn)
        else:
            issuer = profile.name_en if self._text.language == "en" else profile.name_zh_tw
        holder = mask_numbers(plain(name.number if name else certificate.subject_cn))
        return self._text.say("note.who", issuer=mask_numbers(issuer), holder=holder)


def _target(notice: Notice) -> str:
    """A renewal is of one certificate, an application of none: it goes to the issuer."""
    action, profile, fingerprint = notice.state.action, notice.profile, notice.certificate.fingerprint
    if action is Action.RENEW:
        return f"certtray://flow/renew/{fingerprint}"
    if action is Action.APPLY and profile is not None:
        return f"certtray://flow/apply/{profile.id}"
    return f"certtray://certificate/{fingerprint}"


def plain(name: str) -> str:
    """Return a name from a certificate as it may stand in a notice: short, on one line, without markup."""
    line = _clean(name)
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"


def _name(label: str) -> str:
    return mask_numbers(plain(label))


def _clean(text: str) -> str:
    return _UNSAFE.sub(" ", text).translate(_MARKUP).strip()


def _kind(notice: Notice) -> str:
    return notice.level.past or ("last_day" if notice.days_left == 0 else "days")


def _date(day: date) -> str:
    return f"{day:%Y/%m/%d}"
