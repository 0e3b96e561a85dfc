"""A coverage-guided fuzzer on every reader: no other exception than those named, no hang, no unbounded memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.seeds import CORPUS
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
HANG_SECONDS = 10
MEGABYTES = 512
LONGEST = 16384
"""Bytes of an input; four times the longest seed."""


def fuzz(target: str, folder: Path, *options: str) -> str:
    """Run the fuzzer on a copy of the kept corpus; return what it says, having failed when the target did."""
    corpus = folder / target
    shutil.copytree(CORPUS / target, corpus)
    limits = [
        f"-timeout={HANG_SECONDS}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-max_len={LONGEST}",
        f"-artifact_prefix={folder}/",
    ]
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", target, *limits, *options, str(corpus)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    return run.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_a_short_run(target: str, tmp_path: Path) -> None:
    said = fuzz(target, tmp_path, "-runs=2000", "-max_total_time=1", "-seed=1")
    runs = int(said.rpartition("Done ")[2].split()[0])
    assert runs >= len(list((CORPUS / target).iterdir()))


@pytest.mark.full
@pytest.mark.parametrize("target", TARGETS)
def test_a_long_run(target: str, tmp_path: Path) -> None:
    assert "Done" in fuzz(target, tmp_path, "-max_total_time=180")


def test_the_fuzzer_sees_a_broken_reader(tmp_path: Path) -> None:
    """Were an error not caught, the run would fail: shown with a target that lets one through."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", "broken", f"-artifact_prefix={tmp_path}/", "-runs=50000", "-seed=1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "Malformed" in run.stdout
