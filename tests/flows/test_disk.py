"""Disk full at any write, and folders that cannot be written (issue 2, point 7)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked import ROOT
from tests.rigs import ReferenceRa


def on_a_disk_of_its_own(case: str, folder: Path, ra: ReferenceRa) -> int:
    """Play a case of ``bad_disk`` in a mount namespace; return how often the disk refused."""
    flags = "-m" if os.geteuid() == 0 else "-Urm"
    facts = json.dumps([str(ra.folder), ra.url, str(ra.tls_root), str(ra.ca_root)])
    done = subprocess.run(
        ["unshare", flags, sys.executable, "-m", "tests.flows.bad_disk", case, str(folder), facts],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


# Pages of 4 KiB left, from where nothing can be kept to where all succeeds.
ROOMS = {"certtray sample": "certtray 8 50 14", "user": "user 0 4 1", "certtray": "certtray 0 50 1"}


@pytest.mark.parametrize(
    "rooms", ["certtray sample", *(pytest.param(each, marks=pytest.mark.full) for each in ("user", "certtray"))]
)
def test_full(tmp_path: Path, ra: ReferenceRa, rooms: str) -> None:
    assert on_a_disk_of_its_own(f"full {ROOMS[rooms]}", tmp_path, ra) >= 2


@pytest.mark.parametrize("disk", ["certtray", "user"])
def test_read_only(tmp_path: Path, ra: ReferenceRa, disk: str) -> None:
    assert on_a_disk_of_its_own(f"read-only {disk}", tmp_path, ra) == 2
