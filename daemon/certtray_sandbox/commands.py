"""``certtray sandbox …`` and ``certtray demo``: the issuer's side, and what its counter, SMS and mail would do."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, get_args

from certtray.core.errors import UsageError
from certtray.core.secret import Secret
from certtray.system.connections import Connection, save_connection
from certtray_sandbox import people
from certtray_sandbox.certificates import Usage
from certtray_sandbox.counter_commands import add_commands
from certtray_sandbox.desks import DESKS, Device
from certtray_sandbox.home import FIRST
from certtray_sandbox.outbox import outbox
from certtray_sandbox.parts import Parts
from certtray_sandbox.sample_files import write_sample


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(reason=f"{self.prog}: {message}")


def run(words: Sequence[str], parts: Parts) -> int:
    """Run ``sandbox …`` or ``demo``; UsageError, WriteFailed."""
    say = parts.text.say
    if words[0] == "demo":
        from certtray_sandbox.demo import demo, stay
        from certtray_sandbox.tour import walk

        tour = _Parser(prog="certtray demo", description=say("help.demo"))
        tour.add_argument("--desktop", action="store_true", help=say("help.demo.desktop"))
        tour.add_argument("--all", action="store_true", help=say("help.demo.all"))
        tour.add_argument("--browsers", action="store_true", help=say("help.demo.browsers"))
        tour.add_argument("--cards", action="store_true", help=say("help.demo.cards"))
        given = tour.parse_args(words[1:])
        if given.browsers:
            from certtray_sandbox import demo_browsers

            return demo_browsers.demo(parts.text)
        if given.all:
            from certtray_sandbox.demo_all import STEPS

            return walk(parts.text, STEPS)
        if given.cards:
            from certtray_sandbox import demo_cards

            return walk(parts.text, demo_cards.STEPS)
        return stay(parts.text) if given.desktop else demo(parts.text)
    parser = _Parser(prog="certtray sandbox", description=say("help.sandbox"))
    parser.set_defaults(command=_serve)
    parser.add_argument("--port", type=int, default=0, help=say("help.sandbox.port"))
    commands = parser.add_subparsers(metavar=say("help.command"), parser_class=_Parser)

    messages = commands.add_parser("outbox", help=say("help.sandbox.outbox"))
    messages.add_argument("--json", action="store_true", help=say("help.json"))
    messages.set_defaults(command=_outbox)

    persons = commands.add_parser("people", help=say("help.sandbox.people"))
    persons.set_defaults(command=_people)

    site = commands.add_parser("site", help=say("help.sandbox.site"))
    site.set_defaults(command=_site)

    sample = commands.add_parser("sample", help=say("help.sandbox.sample"))
    sample.add_argument("path", metavar="PATH", type=Path)
    sample.add_argument("--id", required=True, choices=people.EVERYONE)
    sample.add_argument("--days", type=int, required=True, help=say("help.sandbox.sample.days"))
    sample.add_argument("--two-pairs", action="store_true", help=say("help.sandbox.sample.two_pairs"))
    sample.add_argument("--issuer", default=FIRST, choices=DESKS)
    sample.add_argument("--device", choices=get_args(Device))
    sample.set_defaults(command=_sample)

    add_commands(commands, parts.text)

    given = parser.parse_args(words[1:])
    status: int = given.command(given, parts)
    return status


def _serve(given: argparse.Namespace, parts: Parts) -> int:
    from certtray_sandbox import server

    def ready(connection: server.Connection) -> None:
        for profile in DESKS:
            found = Connection(connection.url_of(profile), connection.root_path, connection.ca_root_path)
            save_connection(parts.home, profile, found)
        print(json.dumps({"type": "ready", "url": connection.url, "root": str(connection.root_path)}), flush=True)

    server.serve(parts.home.make().sandbox, ready, given.port)
    return 0


def _site(_given: argparse.Namespace, parts: Parts) -> int:
    from certtray_sandbox.site import serve

    serve(parts.home.make().sandbox, lambda row: print(json.dumps(row), flush=True))
    return 0


def _outbox(given: argparse.Namespace, parts: Parts) -> int:
    messages = outbox(parts.home.sandbox) if parts.home.sandbox.exists() else []
    rows = [
        {
            "sent_at": each.sent_at.isoformat(),
            "issuer": each.profile,
            "to": each.address,
            "kind": each.kind,
            "text": each.text,
        }
        for each in messages
    ]
    if given.json:
        print(json.dumps(rows, ensure_ascii=False))
    for row in [] if given.json else rows:
        print(f"{row['sent_at']}  {row['to']}\n  {row['text']}")
    return 0


def _people(_given: argparse.Namespace, _parts: Parts) -> int:
    for person in people.PEOPLE:
        contacts = ", ".join(contact.address for contact in person.contacts)
        print(f"{person.id}  {person.birth_date}  {person.password}  {contacts}")
    return 0


def _sample(given: argparse.Namespace, parts: Parts) -> int:
    """The file's password is the first line of standard input, so that it stands in no argument list."""
    password = Secret(sys.stdin.readline().rstrip("\n"))
    home = parts.home.make().sandbox
    usages: tuple[Usage, ...] = ("sign", "encrypt") if given.two_pairs else ("both",)
    now, rest = datetime.now(UTC), {"profile": given.issuer, "device": given.device}
    try:
        write_sample(home, given.path.absolute(), given.id, given.days, password, usages, now, **rest)
    except KeyError:
        raise UsageError(reason=f"{given.issuer}: --id {given.id}") from None
    return 0
