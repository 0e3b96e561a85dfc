"""The one entry point: finds the home, chooses the language, runs a command, and turns an error into one line and a status."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from certtray.core.errors import CertTrayError, UsageError
from certtray.core.masks import mask_numbers
from certtray.system.hardening import forbid_core_dumps
from certtray.system.logs import start_log
from certtray.text import Text, choose_language

if TYPE_CHECKING:
    from certtray.program.parts import Parts

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status (0, a status of ``check``, or one of sysexits 64-78)."""
    forbid_core_dumps()
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["_token"]:
        return _token()
    from certtray.program.parts import Parts

    text = Text(choose_language(""))
    try:
        parts = Parts.of_this_user()
        text = parts.text
        start_log(parts.home.log)
        if words[:1] in (["sandbox"], ["demo"]):
            return _sandbox(words, parts)
        if words[:1] == ["window"]:
            return _window(words[1:], parts)
        if words[:1] == ["_scan"]:
            from certtray.program.scanner import scan_once

            return scan_once(parts)
        if words[:1] == ["_cards"]:
            from certtray.program.scanner import cards_once

            return cards_once(parts)
        if words[:1] == ["_probe"]:
            from certtray.environment.probe import probe

            return probe()
        if words[:1] == ["_nss"]:
            from certtray.stores.nss_child import serve

            return serve()
        if words[:1] == ["_environment"]:
            from certtray.program.surveyor import survey_once

            return survey_once(parts)
        from certtray.cli.arguments import parse

        command = parse(words, text)
        for bad in parts.bad_profiles if parts.home.issuers.is_dir() else ():
            print(one_line(text, bad), file=sys.stderr)
        return command.run(parts)
    except CertTrayError as error:
        logging.getLogger(__name__).warning("%s", error)
        print(one_line(text, error), file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `certtray list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # the last resort: one line for the person, the trace for the log
        logging.getLogger(__name__).exception("unexpected")
        print(one_line(text, CertTrayError(reason=type(error).__name__)), file=sys.stderr)
        return CertTrayError.exit_status


def one_line(text: Text, error: CertTrayError) -> str:
    """Return an error as the one line a script's log keeps: what and where, personal numbers masked."""
    from certtray.cli.shown import error_in_words  # what questions look like; only an error pays for it

    title, what, todo = error_in_words(text, error)
    return mask_numbers(f"certtray: {title}{text.say('terminal.colon')}{what} {todo}")


def _token() -> int:
    """A card is waited for by a person, and its worker needs no home: half of its start would be the other imports."""
    from certtray.token.worker import work

    try:
        return work()
    except KeyboardInterrupt:
        return INTERRUPTED


def _sandbox(words: Sequence[str], parts: Parts) -> int:
    """The reference issuer is an extra: the product runs without it."""
    try:
        commands = importlib.import_module("certtray_sandbox.commands")
    except ModuleNotFoundError as missing:
        raise UsageError(reason=parts.text.say("sandbox.missing", name=missing.name)) from None
    status: int = commands.run(words, parts)
    return status


def _window(words: Sequence[str], parts: Parts) -> int:
    """The window stands above this package, so it is found by name."""
    window = importlib.import_module("certtray_ui.window")
    status: int = window.run(list(words), parts)
    return status
