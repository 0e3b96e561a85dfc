"""``certtray sandbox counter …`` and ``captcha``: what people at an issuer's counter do, and what eyes would read."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

from certtray.core.errors import UsageError
from certtray.text import Text
from certtray_sandbox import back_office, captcha, counter, handing_out, people
from certtray_sandbox.counter import CounterRefuses
from certtray_sandbox.desks import DESKS, Device
from certtray_sandbox.manage_models import Reason
from certtray_sandbox.parts import Parts
from certtray_sandbox.registrations import Action


def add_commands(commands: argparse._SubParsersAction[Any], text: Text) -> None:
    """Add ``counter`` with its own commands, and ``captcha``."""
    say = text.say
    picture = commands.add_parser("captcha", help=say("help.sandbox.captcha"))
    picture.add_argument("profile", metavar="ISSUER", choices=DESKS)
    picture.set_defaults(command=_captcha)

    desk = commands.add_parser("counter", help=say("help.sandbox.counter"))
    acts = desk.add_subparsers(metavar=say("help.command"), required=True)

    def act(name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = acts.add_parser(name, help=say(f"help.sandbox.counter.{name}"))
        parser.add_argument("profile", metavar="ISSUER", choices=DESKS)
        parser.set_defaults(command=_at_the_counter, act=name)
        return parser

    form = act("register")
    form.add_argument("--id", required=True, choices=people.EVERYONE)
    form.add_argument("--device", choices=get_args(Device))
    form.add_argument("--email", default="")
    form.add_argument("--convert", action="store_true", help=say("help.sandbox.counter.convert"))
    given_out = act("card")
    given_out.add_argument("card", metavar="PATH", type=Path, help=say("help.sandbox.counter.card.path"))
    given_out.add_argument("--id", required=True, choices=people.EVERYONE)
    act("rearm").add_argument("card", metavar="SERIAL")
    act("approve").add_argument("form", metavar="FORM")
    act("reset-password").add_argument("--id", required=True, choices=people.EVERYONE)
    act("resume").add_argument("serials", metavar="SERIAL", nargs="+")
    revocation = act("revoke")
    revocation.add_argument("serials", metavar="SERIAL", nargs="+")
    revocation.add_argument("--reason", choices=get_args(Reason), default="unspecified")
    act("hold")
    act("release")


def _captcha(given: argparse.Namespace, parts: Parts) -> int:
    print(captcha.last_digits(parts.home.make().sandbox, given.profile))
    return 0


def _at_the_counter(given: argparse.Namespace, parts: Parts) -> int:
    try:
        said = _act(given, parts.home.make().sandbox)
    except (CounterRefuses, ValueError) as refused:
        raise UsageError(reason=str(refused)) from None
    if said:
        print(said)
    return 0


def _act(given: argparse.Namespace, folder: Path) -> str:
    """Do it; registering answers with the form's number, handing out a card with the card's."""
    match given.act:
        case "register":
            action: Action = "convert" if given.convert else "apply"
            return counter.register(
                folder, given.profile, given.id, device=given.device, email=given.email, action=action
            )
        case "card":
            return handing_out.hand_out(folder, given.profile, given.id, given.card.absolute())
        case "rearm":
            handing_out.rearm(folder, given.profile, given.card)
        case "approve":
            counter.approve(folder, given.profile, given.form)
        case "reset-password":
            counter.reset_password(folder, given.profile, given.id)
        case "resume":
            counter.resume(folder, given.profile, given.serials)
        case "revoke":
            counter.revoke(folder, given.profile, given.serials, given.reason)
        case "hold":
            back_office.hold(folder, given.profile)
        case "release":
            back_office.release(folder, given.profile)
    return ""
