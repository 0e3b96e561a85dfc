"""``certtray demo --browsers``, and what it says where a browser is missing."""

from __future__ import annotations

import subprocess

import pytest

from tests.faces import Program


@pytest.mark.full
@pytest.mark.timeout(600)
def test_the_whole_tour(certtray: Program) -> None:
    command = [*certtray.command, "demo", "--browsers"]
    done = subprocess.run(
        command, env=certtray.environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == 11
    assert "Firefox" in done.stdout


def test_a_missing_browser_is_named_with_its_package(certtray: Program) -> None:
    done = certtray.run("demo", "--browsers", PATH="/nowhere")
    assert done.returncode == 69
    assert "apt-get install firefox-esr chromium" in done.stderr
    assert done.stdout == ""
