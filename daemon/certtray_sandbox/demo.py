"""``certtray demo``: the whole tour in a place of its own, with public commands and ``--json`` only.

Issuer and watcher are processes of their own; every result is checked with OpenSSL, which shares no code with us.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from certtray.system.spawn import command
from certtray.text import Text
from certtray_sandbox import people
from certtray_sandbox.script import Conversation, Played, Row

PERSON = people.PEOPLE[0]
OLD_PASSWORD, NEW_PASSWORD = "demo-old-2468", "demo-new-1357"
DAYS = 12


class StepFailed(Exception):
    """A step did not hold; says what was seen."""


@dataclass
class Tour:
    """A home of its own, the issuer running beside it."""

    folder: Path
    text: Text
    issuer: subprocess.Popen[str] | None = None
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Everything kept, and the person's files, lie in the tour's folder."""
        own = {"HOME": str(self.folder / "user"), "CERTTRAY_HOME": str(self.folder / "home"), "PYTHONUTF8": "1"}
        return {**os.environ, **own}

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
            command(*arguments), env=self.environment, input=typed, capture_output=True, text=True, check=False
        )
        if done.returncode not in status:
            raise StepFailed(f"certtray {arguments[0]}: {done.returncode} {done.stderr.strip()}")
        return done.stdout

    def play(self, *arguments: str, answers: dict[str, Any]) -> Played:
        """Play a procedure over ``--json``; StepFailed unless it ends well."""
        played = Conversation(command(*arguments, "--json"), self.environment).play(answers)
        if played.exit_status != 0:
            raise StepFailed(f"certtray {arguments[0]}: {played.end}")
        return played

    def close(self) -> None:
        """End the issuer."""
        if self.issuer:
            self.issuer.terminate()
            self.issuer.wait()
            cast(Any, self.issuer.stdout).close()

    def openssl(self, *arguments: str, password: str = "", status: int = 0) -> str:
        """Run openssl, the password on its standard input; StepFailed on another exit status."""
        program = shutil.which("openssl")
        if program is None:
            raise StepFailed("openssl is not installed (apt-get install openssl)")
        done = subprocess.run(  # noqa: S603 - found on PATH on purpose
            [program, *arguments], input=password + "\n", capture_output=True, text=True, check=False
        )
        if done.returncode != status:
            raise StepFailed(f"openssl {arguments[0]}: {done.stderr.strip()}")
        return done.stdout


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


def make_samples(tour: Tour) -> str:
    """Files as a broker's program leaves them; the first one near its end."""
    tour.run("sandbox", "sample", str(tour.sample), "--id", PERSON.id, f"--days={DAYS}", typed=OLD_PASSWORD + "\n")
    other = ("sandbox", "sample", str(tour.two_pairs), "--id", people.PEOPLE[1].id, "--days=200")
    tour.run(*other, "--two-pairs", typed=OLD_PASSWORD + "\n")
    return str(tour.sample.relative_to(tour.folder))


def see_locked(tour: Tour) -> str:
    """Found by itself, but locked: no date without the password."""
    rows = json.loads(tour.run("list", "--json"))
    states = {row["path"]: row["state"] for row in rows if "path" in row}
    need(states.get(str(tour.sample)) == "locked", rows)
    return ", ".join(sorted(set(states.values())))


def unlock(tour: Tour) -> str:
    """The password once; from then on the date is known without it."""
    for path in (tour.sample, tour.two_pairs):
        tour.play("unlock", str(path), answers={"file_password": OLD_PASSWORD, "remember_password": False})
    mine, pair = mine_at(tour, tour.sample), mine_at(tour, tour.two_pairs)
    need(len(mine) == 1 and mine[0]["days_left"] == DAYS and mine[0]["state"] == "expiring", mine)
    keys = sorted(row["usage"] for row in pair if all(place["has_key"] for place in row["locations"]))
    need(keys == ["encrypt", "sign"], pair)
    tour.seen["before"] = mine[0]
    return f"{mine[0]['subject_cn']} → {mine[0]['not_after']}"


def notice(tour: Tour) -> str:
    """What the resident process would say, once and not twice."""
    first = tour.run("run", "--once").strip()
    need(f"{DAYS}" in first, first or "nothing was said")
    second = tour.run("run", "--once").strip()
    need(first.splitlines()[0] not in second, "said twice: " + second)
    tour.run("check", status=(1,))
    return first.splitlines()[0]


def renew(tour: Tour) -> str:
    """Old file, login, birth date, code from the outbox, terms, new password."""

    def code(question: Row) -> str:
        message = json.loads(tour.run("sandbox", "outbox", "--json"))[-1]
        found = re.search(r"(?<!\d)\d{6}(?!\d)", message["text"])
        need(found is not None and question["tries_left"] == 3, message)
        return cast(re.Match[str], found).group()

    played = tour.play(
        "renew",
        str(tour.sample),
        answers={
            "file_password": OLD_PASSWORD,
            "national_id": PERSON.id,
            "trading_password": PERSON.password,
            "birth_date": PERSON.birth_date,
            "otp_contact": lambda question: question["options"][0]["id"],
            "otp": code,
            "terms": True,
            "new_file_password": NEW_PASSWORD,
        },
    )
    need(played.end["step"] == "installed", played.end)
    return " → ".join(row["key"] for row in played.questions())


def see_renewed(tour: Tour) -> str:
    """The new date, the old file in the archive, nothing left to say."""
    now, before = mine_at(tour, tour.sample), tour.seen["before"]
    need(len(now) == 1 and now[0]["serial_hex"] != before["serial_hex"] and now[0]["days_left"] > 700, now)
    need(len(list((tour.folder / "home" / "archive").rglob("Sinopac.pfx"))) == 1, "the old file is not in the archive")
    tour.run("check", status=(0,))
    return f"{before['not_after']} → {now[0]['not_after']}"


def verify(tour: Tour) -> str:
    """OpenSSL opens the file, verifies the chain, and signs and verifies with the new key."""
    work = tour.folder / "verify"
    work.mkdir()
    opened = ["pkcs12", "-legacy", "-in", str(tour.sample), "-passin", "stdin"]
    tour.openssl(*opened, "-clcerts", "-nokeys", "-out", str(work / "leaf.pem"), password=NEW_PASSWORD)
    tour.openssl(*opened, "-cacerts", "-nokeys", "-out", str(work / "chain.pem"), password=NEW_PASSWORD)
    tour.openssl(*opened, "-nocerts", "-nodes", "-out", str(work / "key.pem"), password=NEW_PASSWORD)
    tour.openssl(*opened, "-noout", password=OLD_PASSWORD, status=1)
    root = tour.folder / "home" / "sandbox" / "ca" / "root.crt"
    chain = ["-CAfile", str(root), "-untrusted", str(work / "chain.pem")]
    said = tour.openssl("verify", *chain, str(work / "leaf.pem"))
    (work / "order").write_bytes(b"an order")
    signed = ["dgst", "-sha256", "-sign", str(work / "key.pem"), "-out", str(work / "signature"), str(work / "order")]
    tour.openssl(*signed)
    public = tour.openssl("x509", "-in", str(work / "leaf.pem"), "-noout", "-pubkey")
    (work / "public.pem").write_text(public)
    check = ["-verify", str(work / "public.pem"), "-signature", str(work / "signature"), str(work / "order")]
    tour.openssl("dgst", "-sha256", *check)
    return said.strip().rpartition(" ")[2]


STEPS: Sequence[tuple[str, Callable[[Tour], str]]] = (
    ("issuer", start_issuer),
    ("samples", make_samples),
    ("locked", see_locked),
    ("unlock", unlock),
    ("notice", notice),
    ("renew", renew),
    ("renewed", see_renewed),
    ("verify", verify),
)


def stay(text: Text) -> int:
    """Run the tray on a desktop with samples near their end, say what to try, and clean up when it quits."""
    with tempfile.TemporaryDirectory(prefix="certtray-demo-") as name:
        tour = Tour(Path(name), text)
        (tour.folder / "user").mkdir()
        try:
            for step in (start_issuer, make_samples, see_locked, unlock):
                step(tour)
            outbox = f"CERTTRAY_HOME={tour.folder / 'home'} {' '.join(command('sandbox', 'outbox'))}"
            person = {"id": PERSON.id, "password": PERSON.password, "born": PERSON.birth_date, "file": OLD_PASSWORD}
            print(text.say("demo.try", **person, outbox=outbox), flush=True)
            tray = subprocess.Popen(command("run"), env=tour.environment)  # noqa: S603 - our own program
            with ended_by(tray):
                return tray.wait()
        except StepFailed as failed:
            print(f"✗ {failed}", file=sys.stderr)
            return 1
        finally:
            tour.close()


@contextmanager
def ended_by(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """While the block runs, what would end us ends ``process``, and we follow it."""
    kept = {number: signal.signal(number, lambda *_: process.terminate()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def demo(text: Text) -> int:
    """Walk the tour; return 0 only if every step held."""
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="certtray-demo-") as name:
        tour = Tour(Path(name), text)
        (tour.folder / "user").mkdir()
        try:
            for number, (key, step) in enumerate(STEPS, 1):
                print(f"[{number}/{len(STEPS)}] {text.say(f'demo.{key}')}", flush=True)
                print(f"      ✓ {step(tour)}", flush=True)
        except StepFailed as failed:
            print(f"      ✗ {failed}", file=sys.stderr)
            return 1
        finally:
            tour.close()
    seconds = (datetime.now(UTC) - started).total_seconds()
    print(text.say("demo.done", seconds=f"{seconds:.1f}"))
    return 0
