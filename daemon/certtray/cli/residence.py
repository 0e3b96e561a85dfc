"""``certtray run``: keep watch; what is due is printed, until the tray has icons and notices of its own."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from certtray.cli.parts import Parts
from certtray.core.masks import mask_numbers
from certtray.system.locks import alone
from certtray.system.spawn import command
from certtray.watch.due import Digest, Notice


def run(given: argparse.Namespace, parts: Parts) -> int:
    """Check once with ``--once``, else stay; ``--sandbox`` runs the embedded issuer beside it. AlreadyRunning."""
    with alone(parts.home.make().resident_lock, "run"), _issuer(given.sandbox):
        resident = parts.resident(lambda digest: _print(digest, parts))
        if given.once:
            resident.check()
        else:
            resident.stay()
    return 0


def _print(digest: Digest, parts: Parts) -> None:
    say = parts.text.say
    if len(digest.notices) > 1:
        print(say("notice.digest", n=len(digest.notices)))
    for notice in digest.notices:
        print(f"{_sentence(notice, parts)}", flush=True)
    if digest.withdraw:
        print(say("notice.withdrawn", n=len(digest.withdraw)), flush=True)


def _sentence(notice: Notice, parts: Parts) -> str:
    key = "expired" if notice.level.days < 0 else "last_day" if notice.days_left == 0 else "days"
    return parts.text.say(
        f"notice.{key}",
        name=mask_numbers(notice.certificate.subject_cn),
        issuer=parts.name_of(notice.profile) if notice.profile else notice.certificate.issuer_cn,
        n=notice.days_left,
    )


@contextmanager
def _issuer(wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    process = subprocess.Popen(command("sandbox"), stderr=subprocess.DEVNULL)  # noqa: S603 - our own program
    try:
        yield
    finally:
        process.terminate()
        process.wait()
