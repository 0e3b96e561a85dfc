"""The public faces as fixtures: a command, a ``--json`` dialogue, a real terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import pytest

from certtray_sandbox.script import Answer, Conversation, Played
from tests.patience import SECONDS


@dataclass
class Program:
    """The installed command in a home of its own."""

    folder: Path
    language: str = "zh_TW"
    module: str = "certtray"
    """What ``python -m`` runs: the program, or one of the tests' ways of running it."""
    more: dict[str, str] = field(default_factory=dict)
    """Set in its environment beside."""

    @property
    def home(self) -> Path:
        """CERTTRAY_HOME."""
        return self.folder / "certtray"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the developer's own home, desktop or cards."""
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.folder / "user"),
            "CERTTRAY_HOME": str(self.home),
            "LANG": f"{self.language}.UTF-8",
            "PYTHONUTF8": "1",
            "TERM": "xterm",
            "PCSCLITE_CSOCK_NAME": str(self.folder / "no-card-service"),
            **self.more,
        }

    @property
    def command(self) -> list[str]:
        """The command line before its arguments."""
        return [sys.executable, "-m", self.module]

    def run(self, *arguments: str | Path, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        command = [*self.command, *map(str, arguments)]
        pipe, environment = subprocess.PIPE, {**self.environment, **more}
        with Conversation.popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, text=True, encoding="utf-8"
        ) as process:
            try:
                said, errors = process.communicate(typed, timeout=SECONDS)
            finally:
                process.kill()
        return subprocess.CompletedProcess(command, process.returncode, said, errors)

    def rows(self, *arguments: str | Path, typed: str = "", status: int = 0) -> list[dict[str, Any]]:
        """Run with ``--json``, check the exit status, return what it printed."""
        done = self.run(*arguments, "--json", typed=typed)
        assert done.returncode == status, done.stderr + done.stdout
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows


@pytest.fixture
def certtray(tmp_path: Path) -> Program:
    """The command line."""
    program = Program(tmp_path)
    (tmp_path / "user").mkdir()
    return program


@pytest.fixture
def started_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that look at a process from outside: its words and environment are its own."""
    monkeypatch.setattr(Conversation, "popen", subprocess.Popen)


class Dialogue:
    """``certtray … --json`` answered by key."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def start(self, *arguments: str | Path) -> Conversation:
        """Start a procedure."""
        return Conversation([*self.program.command, *map(str, arguments), "--json"], self.program.environment)

    def play(self, *arguments: str | Path, answers: Mapping[str, Answer]) -> Played:
        """Start it and answer to the end."""
        return self.start(*arguments).play(answers)


@pytest.fixture
def dialogue(certtray: Program) -> Dialogue:
    """The face for scripts."""
    return Dialogue(certtray)


class TerminalScreen:
    """A pseudo-terminal a person could sit at."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.running: list[pexpect.spawn[str]] = []

    def start(self, *arguments: str | Path) -> pexpect.spawn[str]:
        """Start a command on a terminal of 100 columns."""
        program, *first = self.program.command
        process = pexpect.spawn(
            program,
            [*first, *map(str, arguments)],
            env={**self.program.environment, "PROMPT_TOOLKIT_NO_CPR": "1"},
            encoding="utf-8",
            timeout=SECONDS,
            dimensions=(40, 100),
        )
        self.running.append(process)
        return process


@pytest.fixture
def terminal(certtray: Program) -> Iterator[TerminalScreen]:
    """The face for a person."""
    screen = TerminalScreen(certtray)
    yield screen
    for process in screen.running:
        process.close(force=True)
