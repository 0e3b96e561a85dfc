"""One person, one RA, one home: starting a procedure, what the person answers, and what must hold in the end."""

from __future__ import annotations

import sqlite3
import stat
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from certtray.flows.operations import Operations, Step
from certtray.system.connections import Connection, save_connection
from certtray.system.paths import Home
from certtray_sandbox.home import open_sandbox
from certtray_sandbox.people import PEOPLE, Person
from certtray_sandbox.script import Answer, Conversation, Played
from tests.faces import Program
from tests.flows.sinopac import NEW_PASSWORD, OLD_PASSWORD, Broker
from tests.makers import run_tool
from tests.patience import SECONDS
from tests.rigs import ReferenceRa

__all__ = ["KILLED", "NEW_PASSWORD", "OLD_PASSWORD", "World", "serial_that_signs"]

KILLED = -9


@dataclass
class World:
    """``action`` is what the person wants: ``apply`` or ``renew``; ``url`` leads to the RA, perhaps through a relay."""

    folder: Path
    ra: ReferenceRa
    action: str
    person: Person = PEOPLE[0]
    old_bytes: bytes = b""
    issued_before: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        (self.folder / "user").mkdir(parents=True)
        self.program = Program(self.folder)
        self.connect(self.ra.url, self.ra.tls_root)
        open_sandbox(self.ra.folder)  # it makes its register with the first caller, and we look before
        self.issued_before = self.issued()
        if self.action == "renew":
            self.old_bytes = self.broker.give_certificate(12).read_bytes()

    def connect(self, url: str, root: Path) -> None:
        """Reach the RA under ``url``."""
        save_connection(Home(self.program.home), "sinopac", Connection(url, root, self.ra.ca_root))

    @property
    def broker(self) -> Broker:
        """The person's broker."""
        return Broker(self.ra, self.program, self.person)

    @property
    def target(self) -> Path:
        """Where the issuer's programs look (0-15)."""
        return self.broker.default_place

    @property
    def words(self) -> list[str]:
        """The command line of the wish."""
        return ["renew", str(self.target)] if self.action == "renew" else ["apply"]

    def answers(self, **other: Answer) -> dict[str, Answer]:
        """What the person answers, whichever procedure asks."""
        return self.broker.answers(**{"apply_beside_valid": True, "pending_password": NEW_PASSWORD, **other})

    def play(self, *words: str, **other: Answer) -> Played:
        """Run a command (default: the wish) over ``--json`` and answer."""
        return self.start(*words).play(self.answers(**other))

    def start(self, *words: str) -> Conversation:
        """Start a command over ``--json``."""
        return Conversation([*self.program.command, *(words or self.words), "--json"], self.program.environment)

    def play_killed(self, point: str, *words: str, **other: Answer) -> tuple[Played, list[str]]:
        """Run it killed at ``point``; return also the points passed."""
        trace = self.folder / "trace"
        command = [sys.executable, "-m", "tests.flows.killer", str(trace), point, *(words or self.words), "--json"]
        played = Conversation(command, self.program.environment).play(self.answers(**other))
        return played, trace.read_text("utf-8").splitlines()

    def issued(self) -> set[str]:
        """Serials of all certificates the RA issued upon an enrollment of this person."""
        rows = self.query("SELECT serial FROM certificates WHERE person = ? AND enrollment IS NOT NULL", self.person.id)
        return {serial for (serial,) in rows}

    def query(self, sql: str, *values: object) -> list[Any]:
        """Look into the RA's database, or change it as its operators could."""
        register = self.ra.folder / "sinopac" / "ra.sqlite"
        if not register.exists():  # an RA is made when it is first asked for
            return []
        with closing(sqlite3.connect(register, timeout=SECONDS)) as db, db:
            return db.execute(sql, values).fetchall()

    def new_serials(self) -> set[str]:
        """Serials issued since this world began."""
        return self.issued() - self.issued_before

    def steps(self) -> list[Step]:
        """The steps the operations of this home reached, oldest first."""
        return [operation.step for operation in Operations(self.program.home / "operations").all()]

    def recover(self, **other: Answer) -> Played:
        """``certtray resume``, and the wish once more if there was nothing to carry on and nothing had been finished."""
        issued = self.new_serials()
        resumed = self.play("resume", **other)
        assert resumed.exit_status == 0, resumed.rows
        if not resumed.end["operations"] and Step.INSTALLED not in self.steps():
            assert not issued, "the RA issued a certificate that nobody carried on"
            again = self.play()
            assert again.end.get("step") == "installed", again.end
        return resumed

    def assert_whole(self) -> None:
        """One certificate was issued; its file is in place and works; the old one is kept; nothing lies about."""
        serials = self.new_serials()
        assert len(serials) == 1, serials
        assert self.steps().count(Step.INSTALLED) == 1
        assert serial_that_signs(self.target, NEW_PASSWORD, self.folder) == serials.pop()
        kept = [path.read_bytes() for path in self.archived()]
        assert kept == ([self.old_bytes] if self.old_bytes else [])
        assert [path.name for path in self.target.parent.iterdir()] == [self.target.name]
        self.assert_tidy()

    def assert_tidy(self) -> None:
        """No pending key, nothing half-written, everything for the user alone."""
        for folder in (self.program.home / "operations").glob("*/"):
            step = Operations(folder.parent).load(folder.name).step
            left = {path.name for path in folder.iterdir()}
            # Where the issuer refused, the key stays: it is not for us to say that it was not certified.
            assert step in (Step.REFUSED, Step.LOST) or left == {"operation.json", "issued.p7"}, (step, left)
        self.assert_private()

    def assert_private(self) -> None:
        """Files 0600, folders 0700."""
        for path in [*self.program.home.rglob("*"), self.target, self.program.home]:
            if path.exists():
                mode = stat.S_IMODE(path.stat().st_mode)
                assert mode == (0o700 if path.is_dir() else 0o600), f"{path}: {mode:o}"

    def archived(self) -> list[Path]:
        """Files in the archive."""
        return [path for path in (self.program.home / "archive").rglob("*") if path.is_file()]


def serial_that_signs(pfx: Path, password: str, work: Path) -> str:
    """Let OpenSSL open ``pfx``, sign with its key and verify under its certificate; return the serial in hex."""
    secret, pem, data, signature = (work / name for name in ("secret", "both.pem", "data", "signature"))
    secret.write_text(password)
    data.write_bytes(b"an order")
    run_tool("openssl", "pkcs12", "-legacy", "-in", pfx, "-passin", f"file:{secret}", "-nodes", "-clcerts", "-out", pem)
    run_tool("openssl", "dgst", "-sha256", "-sign", pem, "-out", signature, data)
    public = work / "public.pem"
    public.write_bytes(run_tool("openssl", "x509", "-in", pem, "-noout", "-pubkey"))
    run_tool("openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, data)
    return run_tool("openssl", "x509", "-in", pem, "-noout", "-serial").decode().strip().partition("=")[2]
