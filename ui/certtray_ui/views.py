"""Pages as data: every sentence in the person's language, personal numbers masked; the page only draws."""

from __future__ import annotations

import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from certtray.core.certificate import Certificate
from certtray.core.dates import TAIPEI, taiwan_date, taiwan_time
from certtray.core.masks import mask_numbers
from certtray.core.states import Action
from certtray.flows.operations import Operation, shown_stamp
from certtray.inventory.matrix import CARDS
from certtray.inventory.model import BadFile, Location
from certtray.program.parts import Parts
from certtray.rules.profile import Profile, Way
from certtray.text import Text
from certtray.watch.status import Status
from certtray_ui.known import Known, next_target
from certtray_ui.menus import DOES, menu
from certtray_ui.stores import StoresPage
from certtray_ui.targets import Target
from certtray_ui.words import homely
from certtray_ui.work import path_hash

Row = dict[str, Any]
URGENT = 7
"""Days left from which a bar is red."""
REMIND_MONTHS = 3
"""After so many months a file's password is to be changed (0-05)."""


class Views:
    """Builds what each page shows from what is known."""

    def __init__(self, parts: Parts, text: Text, known: Known, *, checking: bool) -> None:
        self._parts, self._known, self._checking = parts, known, checking
        self._text, self._say = text, text.say

    def overview(self) -> Row:
        """How things stand in a sentence, the one next action, then everything else."""
        return {
            "hero": self._hero(),
            "certificates": [self._certificate(each) for each in self._known.mine],
            "locked": [self._locked(bad) for bad in self._known.locked],
            "unfinished": [self._unfinished(each) for each in self._known.unfinished],
        }

    def certificate(self, fingerprint: str) -> Row | None:
        """All facts of one certificate; None if it is nowhere any more."""
        status = self._known.find(fingerprint)
        if status is None:
            return None
        certificate, entry = status.entry.certificate, status.entry
        return {
            **self._certificate(status),
            "reason": self._say(f"reason.{status.state.reason}"),
            "facts": [
                [self._say("window.fact.cn"), mask_numbers(certificate.subject_cn)],
                [self._say("window.fact.issued_by"), certificate.issuer_cn],
                [self._say("window.fact.serial"), certificate.serial_hex],
                [self._say("window.fact.usage"), self._say(f"usage.{certificate.usage}")],
                [self._say("window.fact.from"), taiwan_time(certificate.not_before)],
                [self._say("window.fact.to"), taiwan_time(certificate.not_after)],
                [self._say("window.fact.state"), self._say(f"state.{status.state.name}")],
                [self._say("window.fact.fingerprint"), _spaced(certificate.fingerprint)],
            ],
            "places": [
                [
                    place.store or _shown(place.path),
                    self._say(f"window.place.{_key_at(place, status)}"),
                ]
                for place in entry.locations
            ],
            "status": Target("status", certificate.fingerprint).link,
            "compare": Target("view", status.profile.id).link if status.profile else "",
            "actions": [
                {"label": self._say(f"window.act.{name}"), "target": target.link} for name, target in _actions(status)
            ],
        }

    def certificate_row(self, status: Status) -> Row:
        """One certificate in a list, with its one next action."""
        return self._certificate(status)

    def issuer(self, profile: Profile, person: str) -> Row:
        """The issuer's own menu (0-04, 2-05, 3-01, 4-11); ``person`` is who is logged in, masked, or nobody."""
        mine = [each for each in self._known.current if each.profile and each.profile.id == profile.id]
        renewable = next((each for each in mine if next_target(each) and each.state.action is Action.RENEW), None)
        with_key = next((each for each in mine if _key_file(each)), None)
        name, login = self._parts.name_of(profile), Target("login", profile.id).link
        held = with_key or next((each for each in mine if _has_copy(each)), None)
        renewal = renewable or held or next((each for each in mine if each.entry.has_key), None)
        file = _key_file(with_key) if with_key else ""
        own = {
            "manual": Target("help").link,
            "faq": Target("help").link,
            "downloads": f"page:{profile.id}",
            "environment": Target("environment").link,
            "import": Target("import").link,
            "pc_import": Target("restore" if profile.file else "import").link,
            "token_password": Target("token-pin").link,
            "token_to_system": Target("token-register").link,
            "token_tidy": Target("token-delete").link,
            "card_password": Target("token-pin").link,
            "card_reset": Target("token-unlock").link,
            "card_unlock": Target("token-unlock").link,
            "card_to_system": Target("token-register").link,
        }
        own |= {item: Target(does, profile.id).link for item, does in DOES.items() if does != "renew"}
        if renewal:
            renew = Target("renew", renewal.entry.certificate.fingerprint).link
            own |= {"renew": renew, "extend": renew}
        if held:
            fingerprint = held.entry.certificate.fingerprint
            backup = Target("backup", fingerprint).link
            own |= {"pc_export": backup, "backup": backup, "browsers": Target("install", fingerprint).link}
        if file:
            own |= {"password": Target("password", file).link, "hint": Target("hint", file).link}
        return {
            "title": self._say("window.issuer.title", issuer=name),
            "profile": profile.id,
            "login": login,
            "person": self._say("window.issuer.person", id=person) if person else self._say("window.issuer.nobody"),
            "logged_in": bool(person),
            "menu": [
                {
                    "label": self._say(f"window.menu.{item}"),
                    "detail": self._say(f"window.menu.{item}.{'detail' if own.get(item) else 'missing'}", issuer=name),
                    "target": own.get(item, ""),
                }
                for item in menu(profile, sys.platform)
            ],
            "lost": {
                "label": self._say("window.issuer.lost"),
                "detail": self._say("window.issuer.lost.detail"),
                "target": Target("lost", profile.id).link,
            },
            "version": self._say("window.issuer.version", version=version("certtray")),
            "contact": self._say("window.issuer.contact", phone=profile.contact.phone),
        }

    def issuers(self) -> list[Row]:
        """The issuers in the navigation."""
        return [
            {"label": self._parts.name_of(profile), "target": Target("issuer", profile.id).link}
            for profile in self._parts.profiles.values()
        ]

    def footer(self) -> Row:
        """The standing advice (0-05), with the age of the oldest file password where it is known."""
        oldest = min(self._known.password_set.values(), default=None)
        if oldest is None:
            return {"text": self._say("window.footer.advice"), "due": False}
        days = (taiwan_date(self._known.now) - taiwan_date(oldest)).days
        due = _three_months_passed(taiwan_date(oldest), taiwan_date(self._known.now))
        key = "due" if due else "age" if days else "today"
        return {"text": self._say(f"window.footer.{key}", n=days), "due": due}

    def checked(self) -> str:
        """Say when the pages were read, or that they are being."""
        if self._checking:
            return self._say("window.checking")
        return self._say("window.checked", time=f"{self._known.now.astimezone(TAIPEI):%H:%M}")

    def flow_title(self, name: str, profile_id: str) -> str:
        """What a procedure at an issuer is called."""
        return self._say(f"window.flow.{name}", issuer=self.issuer_name(profile_id))

    def issuer_name(self, profile_id: str) -> str:
        """Return an issuer's name, empty where the profile is not known."""
        profile = self._parts.profiles.get(profile_id)
        return self._parts.name_of(profile) if profile else ""

    def _hero(self) -> Row:
        known = self._known
        if known.unfinished:
            return self._unfinished(known.unfinished[0])
        if known.pressing:
            return self._pressing_hero(known.pressing[0])
        if known.locked:
            row = self._locked(known.locked[0])
            title = self._say("window.hero.locked.title", n=len(known.locked))
            return {**row, "title": title, "detail": self._say("window.hero.locked.detail", name=row["name"])}
        if known.drifting:
            drifted = StoresPage(self._parts, self._text, known.matrix).drifted()
            return {**drifted, "action": self._say("window.look"), "target": Target("stores").link}
        if known.current:
            soonest = known.current[0]
            return {
                "level": "ok",
                "title": self._say("window.hero.well.title"),
                "detail": self._say("window.hero.well.detail", n=len(known.current), days=soonest.days_left),
            }
        if self._checking:
            return {
                "level": "info",
                "title": self._say("window.hero.looking.title"),
                "detail": self._say("window.hero.looking.detail"),
            }
        return {
            "level": "info",
            "title": self._say("window.hero.none.title"),
            "detail": self._say("window.hero.none.detail"),
            "action": self._say("window.hero.none.action"),
            "target": Target("settings").link,
        }

    def _pressing_hero(self, status: Status) -> Row:
        key = "last_day" if status.state.name == "expiring" and status.days_left == 0 else status.state.name
        others = len(self._known.current) - len(self._known.pressing)
        target, action = next_target(status), status.state.action
        detail = self._say(f"window.hero.{'do' if target else 'see'}.{action}")
        if status.state.name in ("revoked", "on_hold"):
            reason = self._say(f"reason.{status.state.reason}")
            see = "ask" if action is Action.ASK_ISSUER else action
            detail = self._say("window.both", first=reason, second=self._say(f"window.hero.see.{see}"))
        if others:
            detail = self._say("window.both", first=detail, second=self._say("window.hero.others", n=others))
        return {
            "level": _level(status),
            "title": self._say(f"window.hero.{key}.title", issuer=self._issuer_of(status), n=status.days_left),
            "detail": detail,
            "action": self._say(f"window.do.{action}") if target else self._say("window.look"),
            "target": target or Target("certificate", status.entry.certificate.fingerprint).link,
        }

    def _certificate(self, status: Status) -> Row:
        certificate, issuer = status.entry.certificate, self._issuer_of(status)
        target = next_target(status)
        page = Target("certificate", certificate.fingerprint).link
        return {
            "mark": issuer[:1].upper(),
            "issuer": issuer,
            "holder": mask_numbers(certificate.subject_cn),
            "usage": self._say(f"usage.{certificate.usage}"),
            "days": self._days(status),
            "until": self._say("window.until", date=f"{taiwan_date(certificate.not_after):%Y/%m/%d}"),
            "percent": _percent(certificate, status.days_left),
            "level": _level(status),
            "state": self._say(f"state.{status.state.name}"),
            "chips": [self._chip(place, status) for place in status.entry.locations],
            "page": page,
            "action": self._say(f"window.do.{status.state.action}") if target else self._say("window.look"),
            "target": target or page,
        }

    def _chip(self, place: Location, status: Status) -> Row:
        key = _key_at(place, status)
        lacks = "" if key == "with_key" else self._say(f"window.place.{key}_short")
        return {
            "text": (place.store or mask_numbers(Path(place.path).name)) + lacks,
            "hint": _shown(place.path),
            "level": "ok" if place.has_key else "off",
        }

    def _days(self, status: Status) -> str:
        if status.days_left < 0:
            return self._say("window.days.ago", n=-status.days_left)
        return self._say("window.days.today") if status.days_left == 0 else self._say("list.days", n=status.days_left)

    def _locked(self, bad: BadFile) -> Row:
        path = Path(bad.path)
        return {
            "level": "info",
            "name": mask_numbers(path.name),
            "place": _shown(str(path.parent)),
            "title": mask_numbers(path.name),
            "detail": self._say("window.locked.detail"),
            "action": self._say("window.do.unlock"),
            "target": Target("unlock", path_hash(bad.path)).link,
        }

    def _unfinished(self, operation: Operation) -> Row:
        waiting = f"window.unfinished.{operation.waiting}" if operation.waiting else "window.unfinished.detail"
        facts = {
            "action": self._say(f"word.{operation.action}"),
            "issuer": self.issuer_name(operation.profile),
            "date": shown_stamp(operation.not_before),
        }
        return {
            "level": "soon",
            "title": self._say("window.unfinished.title", **facts),
            "detail": self._say(waiting, **facts),
            "action": self._say("window.do.resume"),
            "target": Target("resume", operation.id).link,
        }

    def _issuer_of(self, status: Status) -> str:
        return self._parts.name_of(status.profile) if status.profile else status.entry.certificate.issuer_cn


def _three_months_passed(since: date, today: date) -> bool:
    month = since.month + REMIND_MONTHS
    year, month = since.year + (month - 1) // 12, (month - 1) % 12 + 1
    return (today.year, today.month, today.day) >= (year, month, since.day)


def _level(status: Status) -> str:
    match status.state.name:
        case "expired" | "revoked" | "on_hold":
            return "bad"
        case "expiring":
            return "bad" if status.days_left <= URGENT else "soon"
        case "superseded":
            return "off"
        case "not_yet_valid":
            return "info"
        case _:
            return "ok"


def _percent(certificate: Certificate, days_left: int) -> int:
    whole = max(1, (certificate.not_after - certificate.not_before).days)
    return max(0, min(100, round(100 * days_left / whole)))


def _key_at(place: Location, status: Status) -> str:
    """Say how a place stands towards the key; one that a card provides is not missing in a browser."""
    if place.has_key:
        return "with_key"
    on_card = any(each.kind in CARDS for each in status.entry.locations)
    return "via_card" if on_card and place.store else "without_key"


def _actions(status: Status) -> list[tuple[str, Target]]:
    """What can be done with a certificate besides the next step: on this machine, and what its issuer does on line."""
    fingerprint, file = status.entry.certificate.fingerprint, _key_file(status)
    on_file = [("password", Target("password", file)), ("hint", Target("hint", file))]
    backup = ("backup", Target("backup", fingerprint))
    own = [*on_file, backup, ("convert", Target("convert", file))] if file else [backup] if _has_copy(status) else []
    own.append(("export", Target("export", fingerprint)))
    kinds = {place.kind for place in status.entry.locations if place.store}
    if kinds - CARDS:
        own.append(("remove", Target("remove", fingerprint)))
    if kinds & CARDS:
        own.append(("tokens", Target("tokens")))
    if (profile := status.profile) is None:
        return own
    manage = profile.manage
    ways = {"suspend": manage.suspend, "reinstate": manage.reinstate, "revoke": manage.revoke}
    names = ["query", "proof", *(name for name, way in ways.items() if way is not Way.NONE)]
    return own + [(name, Target(name, profile.id)) for name in names]


def _has_copy(status: Status) -> bool:
    """Say whether its key lies somewhere it can be copied from: not on a card."""
    return any(place.has_key and place.kind not in CARDS for place in status.entry.locations)


def _key_file(status: Status) -> str:
    """Return what stands in links for the file that holds the certificate's key, empty where none does."""
    path = next((place.path for place in status.entry.locations if place.has_key and not place.store), "")
    return path_hash(path) if path else ""


def _shown(path: str) -> str:
    """Return a path as a person knows it."""
    return mask_numbers(homely(path))


def _spaced(fingerprint: str) -> str:
    return " ".join(fingerprint[start : start + 8] for start in range(0, len(fingerprint), 8)).upper()
