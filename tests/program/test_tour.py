"""The tour of all systems, and what it leaves behind: no password, code or personal number where none belongs."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from certtray.text import Text
from certtray_sandbox import demo, demo_all, demo_cards
from certtray_sandbox.outbox import outbox
from certtray_sandbox.tour import PERSON, Step, Tour, start_issuer
from tests.faces import Program
from tests.flows.test_secrets import forms

pytestmark = pytest.mark.usefixtures("started_as_ever")

OTHERS = b"CARD_PIN="
"""OpenSC's tool, which proves what is on a card, takes a PIN no better way than this."""


def of_issuer(issuer: str, *keys: str) -> Sequence[Step]:
    """Return the steps at one issuer."""
    wanted = [f"all.{key}" for key in keys]
    steps = [demo_all.at(issuer, key.removeprefix("all."), *rest) for key, *rest in _AT if key in wanted]
    return (("issuer", start_issuer), *steps)


_AT = (
    ("all.register", demo_all.register),
    ("all.first_login", demo_all.first_login),
    ("all.apply", demo_all.apply, 2),
    ("all.site_password", demo_all.site_password),
    ("all.backup", demo_all.backup, demo_all.FILE_PASSWORD, 2),
    ("all.restore", demo_all.restore),
    ("all.revoke", demo_all.revoke_elsewhere, demo_all.FILE_PASSWORD),
)


class Watch:
    """Reads, over and over, what every process of this tour shows of itself: its arguments and its environment."""

    def __init__(self, folder: Path) -> None:
        self._mark = str(folder).encode()
        self._over = threading.Event()
        self.seen: set[bytes] = set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look while the block runs."""
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    environment = (process / "environ").read_bytes()
                    if self._mark in environment and OTHERS not in environment:
                        self.seen |= {environment, (process / "cmdline").read_bytes()}
                except OSError:
                    continue


def walk_and_sweep(folder: Path, steps: Sequence[Step], *more_secrets: str) -> None:
    """Walk; then look for everything secret in every file, in arguments and environments, and in what was said."""
    tour, watch, said = Tour(folder, Text("zh_TW")), Watch(folder), []
    (folder / "user").mkdir()
    try:
        with watch.watching():
            for _, step in steps:
                said.append(step(tour))
    finally:
        tour.close()
    messages = outbox(folder / "home" / "sandbox")
    secrets = {demo_all.SITE_PASSWORD, demo_all.LATER_SITE_PASSWORD, demo_all.FILE_PASSWORD, demo_all.LATER_PASSWORD}
    secrets |= {demo_all.BACKUP_PASSWORD, demo.OLD_PASSWORD, demo.NEW_PASSWORD, PERSON.password}
    secrets |= {message.password for message in messages if "密碼 " in message.text}
    secrets |= {message.code for message in messages if "驗證碼 " in message.text}
    secrets |= set(more_secrets)
    assert len(watch.seen) > len(steps)
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    own = {path: data for path, data in files.items() if folder / "home" / "sandbox" not in path.parents}
    assert {"inventory.sqlite", "certtray.log", "history.jsonl"} <= {path.name for path in own}
    for secret in secrets:
        for form in forms(secret):
            assert not [path for path, data in own.items() if form in data], "a secret in a file"
            assert not [each for each in watch.seen if form in each], "a secret in arguments or environment"
            assert form not in "\n".join(said).encode()
    for name in ("certtray.log", "history.jsonl", "history.head"):
        (path,) = folder.rglob(name)
        assert PERSON.id.encode() not in path.read_bytes(), name
        assert PERSON.name.encode() not in path.read_bytes(), name
    assert PERSON.id not in "\n".join(said)
    assert json.loads((folder / "home" / "history.jsonl").read_text("utf-8").splitlines()[0])


@pytest.mark.full
def test_one_site_leaves_no_secret(tmp_path: Path) -> None:
    walk_and_sweep(tmp_path, of_issuer("twca-soft", "register", "first_login", "apply", "backup"))


@pytest.mark.full
def test_a_card_locked_and_unlocked_leaves_no_secret(tmp_path: Path) -> None:
    """The first part of the tour of cards: handed out, applied for, locked, unlocked through the issuer."""
    until_unlocked = [key for key, _ in demo_cards.STEPS].index("cards.unlock") + 1
    walk_and_sweep(tmp_path, demo_cards.STEPS[:until_unlocked], demo_cards.NEW_PIN)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_the_tour_of_cards(certtray: Program) -> None:
    done = subprocess.run(
        [*certtray.command, "demo", "--cards"],
        env=certtray.environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == len(demo_cards.STEPS)


@pytest.mark.full
def test_all_systems_leave_no_secret(tmp_path: Path) -> None:
    walk_and_sweep(tmp_path, demo_all.STEPS)
