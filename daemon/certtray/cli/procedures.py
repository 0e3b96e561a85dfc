"""``certtray login | apply | renew …``: every procedure of ``flows.procedures``, on the terminal or over ``--json``."""

from __future__ import annotations

import argparse
from typing import Any

from certtray.cli.arguments import STORES_QUESTION
from certtray.cli.dialogue import Dialogue
from certtray.cli.parts import Parts
from certtray.cli.pin_descriptor import PinDescriptor
from certtray.cli.shown import result_as_data
from certtray.cli.table import print_columns
from certtray.cli.told import Told
from certtray.core.errors import CertTrayError, UsageError
from certtray.flows.done import Done
from certtray.flows.operations import Operation
from certtray.flows.procedures import PROCEDURES, About
from certtray.flows.stage import choose_issuer
from certtray.text import Text


def play(given: argparse.Namespace, parts: Parts) -> int:
    """Carry the procedure ``given.procedure`` names through."""
    parts.home.make()
    try:
        if given.json:
            _speak(given, parts)
        else:
            from certtray.cli.terminal import Terminal

            _print(parts.text, _result(given, parts, Terminal(parts.text)))
    finally:
        parts.changed()
    return 0


def _speak(given: argparse.Namespace, parts: Parts) -> None:
    dialogue = Dialogue(parts.text)
    try:
        dialogue.end(result_as_data(parts.text, _result(given, parts, dialogue)))
    except CertTrayError as error:
        dialogue.fail(error)
        raise
    except Exception:  # a script waits for a last line whatever happened
        dialogue.fail(CertTrayError())
        raise


def _result(given: argparse.Namespace, parts: Parts, face: Any) -> Done | Operation | None:
    procedure = PROCEDURES[given.procedure]
    if given.to:
        face = Told(face, STORES_QUESTION[given.procedure], given.to)
    if given.pin_fd is not None:
        face = PinDescriptor(face, given.pin_fd)
    stage = parts.stage(face)
    argument = given.argument or ""
    if procedure.about is About.CERTIFICATE:
        parts.refresh()  # a certificate is what lies somewhere now
    if procedure.about is About.ISSUER:
        if argument and argument not in parts.profiles:
            raise UsageError(reason=f"--issuer: {', '.join(parts.profiles)}")
        argument = argument or choose_issuer(stage)
    return procedure.play(stage, argument)


def _print(text: Text, result: Done | Operation | None) -> None:
    if not isinstance(result, Done):
        return  # an operation's events have said it
    shown = result_as_data(text, result)
    print(f"{shown['title']}\n  {shown['text']}")
    if "table" in shown:
        print_columns([shown["table"]["columns"], *([str(cell) for cell in row] for row in shown["table"]["rows"])])
