"""The command line's grammar. Commands are imported when they run: ``certtray list`` must not pay for a renewal."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from certtray.core.errors import UsageError
from certtray.flows.procedures import PROCEDURES, About
from certtray.text import Text

if TYPE_CHECKING:
    from certtray.cli.parts import Parts


STORES_QUESTION: Final = {
    "install": "install_stores",
    "import": "import_stores",
    "remove": "remove_stores",
    "token-register": "register_stores",
    "token-unregister": "unregister_stores",
}
"""The question that ``--to`` answers."""


@dataclass(frozen=True, slots=True)
class Command:
    """A parsed command: the function ``<module>.<name>`` of this package and what was given to it."""

    name: str
    given: argparse.Namespace

    def run(self, parts: Parts) -> int:
        """Run it; return the exit status."""
        module, function = self.name.split(".")
        status: int = getattr(importlib.import_module(f"certtray.cli.{module}"), function)(self.given, parts)
        return status


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(reason=f"{self.prog}: {message}")


def parse(words: Sequence[str], text: Text) -> Command:
    """Return the command ``words`` ask for; UsageError when they are none."""
    parser = _Parser(prog="certtray", description=text.say("help.certtray"), epilog=text.say("help.epilog"))
    parser.set_defaults(command="overview.overview")
    commands = parser.add_subparsers(metavar=text.say("help.command"), parser_class=_Parser)

    def add(
        name: str,
        command: str,
        described: str = "",
        within: argparse._SubParsersAction[_Parser] = commands,
        *,
        json: bool = True,
    ) -> argparse.ArgumentParser:
        words = text.say(f"help.{described or name}")
        added = within.add_parser(name, help=words, description=words)
        added.set_defaults(command=command)
        if json:
            added.add_argument("--json", action="store_true", help=text.say("help.json"))
        return added

    run = add("run", "residence.run", json=False)
    run.add_argument("--sandbox", action="store_true", help=text.say("help.run.sandbox"))
    run.add_argument("--once", action="store_true", help=text.say("help.run.once"))

    listing = add("list", "listing.list_certificates")
    listing.add_argument("--full", action="store_true", help=text.say("help.full"))
    scan = add("scan", "listing.scan")
    scan.add_argument("paths", metavar="PATH", nargs="+", type=Path, help=text.say("help.scan.path"))
    scan.add_argument("--full", action="store_true", help=text.say("help.full"))
    scan.add_argument("--password-stdin", action="store_true", help=text.say("help.password_stdin"))
    check = add("check", "checking.check")
    check.add_argument("--full", action="store_true", help=text.say("help.full"))

    folders = add("folders", "folders.folders")
    change = folders.add_mutually_exclusive_group()
    change.add_argument("--add", metavar="PATH", type=Path, help=text.say("help.folders.add"))
    change.add_argument("--remove", metavar="PATH", type=Path, help=text.say("help.folders.remove"))

    stores = add("stores", "stores.stores")
    stores.add_argument("--full", action="store_true", help=text.say("help.full"))

    codes = add("codes", "helping.show_codes")
    codes.add_argument("number", metavar="NUMBER", nargs="?", help=text.say("help.codes.number"))
    add("faq", "helping.faq")
    add("downloads", "helping.downloads")

    token = add("token", "", json=False)
    tokens = token.add_subparsers(metavar=text.say("help.command"), parser_class=_Parser, required=True)
    add("list", "tokens.list_tokens", "token-list", tokens)

    for procedure in PROCEDURES.values():
        within = tokens if procedure.about is About.TOKEN else commands
        command = add(procedure.name.removeprefix("token-"), "procedures.play", procedure.name, within)
        command.set_defaults(procedure=procedure.name, argument="", to=None, pin_fd=None)
        match procedure.about:
            case About.ISSUER:
                command.add_argument("--issuer", dest="argument", metavar="ISSUER", help=text.say("help.issuer"))
            case About.NOTHING:
                pass
            case About.TOKEN:
                command.add_argument("argument", metavar="SERIAL", nargs="?", help=text.say("help.about.token"))
                command.add_argument("--pin-fd", metavar="N", type=int, help=text.say("help.pin_fd"))
            case about:
                times = "?" if procedure.optional else None
                command.add_argument(
                    "argument", metavar=about.upper(), nargs=times, help=text.say(f"help.about.{about}")
                )
        if procedure.name in STORES_QUESTION:
            command.add_argument("--to", metavar="STORE", nargs="+", help=text.say("help.to"))
    for name in ("window", "sandbox", "demo"):  # handed over before parsing; listed here for --help
        commands.add_parser(name, help=text.say(f"help.{name}"))

    given = parser.parse_args(words)
    return Command(given.command, given)
