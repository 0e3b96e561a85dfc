"""What a tour is made of: a home of its own, the issuers running beside it, public commands, and tools that are not ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from certtray.system.spawn import command
from certtray.text import Text
from certtray_sandbox import people
from certtray_sandbox.script import Conversation, Played, Row

PERSON = people.PEOPLE[0]
_ELSEWHERE = ("XDG_CONFIG_HOME", "XDG_DATA_HOME")
"""Where browsers keep profiles and stores, if these are set: not in the tour's folder."""


class StepFailed(Exception):
    """A step did not hold; says what was seen."""


@dataclass
class Tour:
    """A home of its own, the issuer running beside it."""

    folder: Path
    text: Text
    issuer: subprocess.Popen[str] | None = None
    seen: dict[str, Any] = field(default_factory=dict)
    beside: ExitStack = field(default_factory=ExitStack)
    """What else runs beside it, ended with the tour."""
    more: dict[str, str] = field(default_factory=dict)
    """Set in the environment of every command beside."""
    inside: tuple[str, ...] = ()
    """What every command is started by, where it is to run in namespaces of another's."""

    @property
    def environment(self) -> dict[str, str]:
        """Everything kept, and the person's files, lie in the tour's folder."""
        own = {"HOME": str(self.folder / "user"), "CERTTRAY_HOME": str(self.folder / "home"), "PYTHONUTF8": "1"}
        others = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
        return {**others, **own, **self.more}

    @property
    def sample(self) -> Path:
        """Where the broker's program leaves the file."""
        return self.folder / "user" / "ekey" / "551" / PERSON.id / "S" / "Sinopac.pfx"

    @property
    def two_pairs(self) -> Path:
        """A file with a certificate to sign and one to encrypt."""
        return self.folder / "user" / "Documents" / "two-pairs.pfx"

    def run(self, *arguments: str, typed: str = "", status: Sequence[int] = (0,)) -> str:
        """Run a public command; StepFailed when it ends otherwise than expected."""
        done = subprocess.run(  # noqa: S603 - our own program
            [*self.inside, *command(*arguments)],
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in status:
            raise StepFailed(f"certtray {arguments[0]}: {done.returncode} {done.stderr.strip()}")
        return done.stdout

    def play(self, *arguments: str, answers: dict[str, Any], refused: str = "") -> Played:
        """Play a procedure over ``--json``; StepFailed unless it ends well, or with the error code ``refused``."""
        played = Conversation([*self.inside, *command(*arguments, "--json")], self.environment).play(answers)
        if played.end.get("code", "") != refused or (played.exit_status != 0) != bool(refused):
            raise StepFailed(f"certtray {' '.join(arguments[:2])}: {played.end}")
        return played

    def close(self) -> None:
        """End the issuer and what else runs."""
        self.beside.close()
        if self.issuer:
            self.issuer.terminate()
            self.issuer.wait()
            cast(Any, self.issuer.stdout).close()

    @property
    def root(self) -> Path:
        """The root that what the issuers issue chains to."""
        return self.folder / "home" / "sandbox" / "ca" / "root.crt"

    def openssl(self, *arguments: str, password: str = "", status: int | None = 0) -> str:
        """Run openssl, the password on its standard input; StepFailed on another exit status than ``status``, None for any."""
        return self.tool("openssl", "openssl", *arguments, typed=password + "\n", status=status)

    def tool(
        self,
        name: str,
        package: str,
        *arguments: str,
        typed: str = "",
        status: int | None = 0,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Run a program that shares no code with us, ``more`` in its environment; return all it said."""
        program = shutil.which(name)
        if program is None:
            raise StepFailed(f"{name} is not installed (apt-get install {package})")
        done = subprocess.run(  # noqa: S603 - found on PATH on purpose
            [program, *arguments],
            env={**os.environ, **more},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        if status is not None and done.returncode != status:
            raise StepFailed(f"{name} {arguments[0]}: {done.stderr.strip()}")
        return done.stdout if status is not None else done.stdout + done.stderr


def need(condition: bool, what: object) -> None:
    """StepFailed with ``what`` unless ``condition``."""
    if not condition:
        raise StepFailed(str(what))


def mine_at(tour: Tour, path: Path) -> list[Row]:
    """Return the person's own certificates that ``list`` sees in the file ``path``."""
    rows: list[Row] = json.loads(tour.run("list", "--json"))
    return [row for row in rows if row.get("mine") and any(place["path"] == str(path) for place in row["locations"])]


def start_issuer(tour: Tour) -> str:
    """The reference RA, a process of its own."""
    tour.issuer = subprocess.Popen(  # noqa: S603 - our own program
        command("sandbox"), env=tour.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    ready = json.loads(cast(Any, tour.issuer.stdout).readline() or "{}")
    need(ready.get("type") == "ready", "the issuer did not start")
    return str(ready["url"])


Step = tuple[str, Callable[[Tour], str]]
"""The step's words are ``demo.<key>``; it returns what was seen."""


def walk(text: Text, steps: Sequence[Step]) -> int:
    """Walk ``steps`` in a fresh home; return 0 only if every step held."""
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="certtray-demo-") as name:
        tour = Tour(Path(name), text)
        (tour.folder / "user").mkdir()
        try:
            for number, (key, step) in enumerate(steps, 1):
                print(f"[{number}/{len(steps)}] {text.say(f'demo.{key}')}", flush=True)
                print(f"      ✓ {step(tour)}", flush=True)
        except StepFailed as failed:
            print(f"      ✗ {failed}", file=sys.stderr)
            return 1
        finally:
            tour.close()
    seconds = (datetime.now(UTC) - started).total_seconds()
    print(text.say("demo.done", seconds=f"{seconds:.1f}"))
    return 0
