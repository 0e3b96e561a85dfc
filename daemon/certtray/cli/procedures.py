"""``certtray login | apply | renew | resume | unlock``: the flows, on the terminal or over ``--json``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from certtray.cli.dialogue import Dialogue
from certtray.cli.parts import Parts
from certtray.core.errors import Cancelled, CertTrayError, UsageError
from certtray.core.masks import mask_numbers
from certtray.flows.face import Face
from certtray.flows.operations import Operation, Operations


def login(given: argparse.Namespace, parts: Parts) -> int:
    """Log in, see both sides, take the next step offered (0-03, 0-06, 0-07, 0-17)."""
    from certtray.flows.welcome import welcome

    return _play(given, parts, lambda face: _closing(welcome(parts.context(face, _issuer(given, parts)))))


def apply(given: argparse.Namespace, parts: Parts) -> int:
    """Apply for a certificate (0-08 … 0-15)."""
    from certtray.flows.apply import apply as flow

    return _play(given, parts, lambda face: _closing(flow(parts.context(face, _issuer(given, parts)))))


def renew(given: argparse.Namespace, parts: Parts) -> int:
    """Renew a certificate (0-20, 0-21)."""
    from certtray.flows.renew import renew as flow

    path = given.path.expanduser().absolute() if given.path else None
    return _play(given, parts, lambda face: _closing(flow(parts.context(face, _issuer(given, parts)), path)))


def resume(given: argparse.Namespace, parts: Parts) -> int:
    """Carry on every unfinished operation, oldest first."""
    from certtray.flows.resume import resume as flow

    operations = Operations(parts.home.operations)

    def work(face: Face) -> dict[str, Any]:
        with operations.held():
            unfinished = operations.unfinished()
        done, failed = [], []
        for operation in unfinished:
            try:
                done.append(flow(parts.context(face, operation.profile), operation))
            except Cancelled:
                raise
            except CertTrayError as error:  # of this one operation; the others are not to wait for it
                failed.append(error)
        if failed:
            raise failed[0]
        return {"operations": [_closing(operation) for operation in done]}

    return _play(given, parts, work)


def unlock(given: argparse.Namespace, parts: Parts) -> int:
    """Read a locked file once, so that its date is known from then on."""
    from certtray.flows.unlock import unlock as flow

    path = given.path.expanduser().absolute()
    return _play(given, parts, lambda face: {"certificates": flow(face, parts.inventory, path)})


def _play(given: argparse.Namespace, parts: Parts, work: Callable[[Face], dict[str, Any]]) -> int:
    parts.home.make()
    try:
        return _show(given, parts, work)
    finally:
        parts.changed()


def _show(given: argparse.Namespace, parts: Parts, work: Callable[[Face], dict[str, Any]]) -> int:
    if not given.json:
        from certtray.cli.terminal import Terminal

        work(Terminal(parts.text))
        return 0
    dialogue = Dialogue(parts.text)
    try:
        dialogue.end(work(dialogue))
    except CertTrayError as error:
        dialogue.fail(error)
        raise
    except Exception:  # a script waits for a last line whatever happened
        dialogue.fail(CertTrayError())
        raise
    return 0


def _closing(operation: Operation | None) -> dict[str, Any]:
    if operation is None:
        return {"step": None}
    return {
        "operation": operation.id,
        "action": operation.action,
        "step": operation.step,
        "waiting": operation.waiting or None,
        "path": operation.target,
        "path_shown": mask_numbers(operation.target),
    }


def _issuer(given: argparse.Namespace, parts: Parts) -> str:
    if given.issuer and given.issuer not in parts.profiles:
        raise UsageError(reason=f"--issuer: {', '.join(parts.profiles)}")
    return given.issuer or next(iter(parts.profiles))
