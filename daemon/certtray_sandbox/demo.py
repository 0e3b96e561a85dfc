"""``certtray demo``: the whole tour in a place of its own, with public commands and ``--json`` only.

Issuer and watcher are processes of their own; every result is checked with OpenSSL, which shares no code with us.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from certtray.core.masks import mask_numbers
from certtray.system.spawn import command
from certtray.text import Text
from certtray_sandbox import people
from certtray_sandbox.checks import verify_file
from certtray_sandbox.script import Row
from certtray_sandbox.tour import PERSON, Step, StepFailed, Tour, mine_at, need, start_issuer, walk

OLD_PASSWORD, NEW_PASSWORD = "demo-old-2468", "demo-new-1357"
DAYS = 12


def make_samples(tour: Tour) -> str:
    """Files as a broker's program leaves them; the first one near its end."""
    tour.run("sandbox", "sample", str(tour.sample), "--id", PERSON.id, f"--days={DAYS}", typed=OLD_PASSWORD + "\n")
    other = ("sandbox", "sample", str(tour.two_pairs), "--id", people.PEOPLE[1].id, "--days=200")
    tour.run(*other, "--two-pairs", typed=OLD_PASSWORD + "\n")
    return mask_numbers(str(tour.sample.relative_to(tour.folder)))


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
    (serial,) = verify_file(tour, tour.sample, NEW_PASSWORD)
    return serial


STEPS: Sequence[Step] = (
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
    # A window that is still open may write there while it goes.
    with tempfile.TemporaryDirectory(prefix="certtray-demo-", ignore_cleanup_errors=True) as name:
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
    return walk(text, STEPS)
