"""``certtray run``: keep watch, in the tray or in the terminal."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from certtray.cli.parts import Parts
from certtray.core.masks import mask_numbers
from certtray.system.locks import alone
from certtray.system.spawn import command
from certtray.watch.due import Digest, Notice


def run(given: argparse.Namespace, parts: Parts) -> int:
    """Check once with ``--once``, else stay: in the tray where there is a desktop, in this terminal where there is none.

    ``--sandbox`` runs the embedded issuer beside it. AlreadyRunning.
    """
    with _issuer(given.sandbox):
        if not given.once and has_desktop():
            parts.stay_in_tray()
            return 0
        with alone(parts.home.make().resident_lock, "run"):
            resident = parts.resident(lambda digest: _print(digest, parts))
            if given.once:
                resident.check()
            else:
                resident.stay()
    return 0


def has_desktop() -> bool:
    """Whether there is a screen a tray could be on."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _print(digest: Digest, parts: Parts) -> None:
    say = parts.text.say
    if len(digest.notices) > 1:
        print(say("notice.digest", n=len(digest.notices)))
    for notice in digest.notices:
        print(f"{_sentence(notice, parts)}", flush=True)
    if digest.drifts:
        print(say("notice.drift", n=len({each.store.folder for each in digest.drifts})), flush=True)
    if digest.withdraw:
        print(say("notice.withdrawn", n=len(digest.withdraw)), flush=True)


def _sentence(notice: Notice, parts: Parts) -> str:
    key = notice.level.past or ("last_day" if notice.days_left == 0 else "days")
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
