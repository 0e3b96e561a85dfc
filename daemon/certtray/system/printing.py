"""Printing by the system's own service (CUPS' ``lp``)."""

from __future__ import annotations

import shutil
import subprocess

from certtray.core.errors import NotPrinted

SECONDS = 60
"""A service that takes longer to accept a page does not work."""


def print_pdf(pdf: bytes, title: str) -> None:
    """Hand a document to the default printer, over standard input: no copy is left behind. NotPrinted."""
    command = shutil.which("lp")
    if command is None:
        raise NotPrinted(reason="lp")
    try:
        done = subprocess.run(  # noqa: S603 - CUPS' own
            [command, "-t", title], input=pdf, capture_output=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotPrinted(reason=type(error).__name__) from None
    if done.returncode != 0:
        raise NotPrinted(reason=done.stderr.decode("utf-8", "replace").strip()[:200])
