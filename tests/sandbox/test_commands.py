"""What a person does at a terminal to play the issuer's side: ``certtray sandbox …``."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from certtray.core.secret import Secret
from certtray.issuers.base import SiteAccount
from certtray.issuers.ra import RaIssuer
from certtray.system.paths import Home
from certtray_sandbox.cards.memory import Memory
from certtray_sandbox.clock import folder_clock
from certtray_sandbox.desks import DESKS
from tests.faces import Program
from tests.furnished import furnished
from tests.patience import SECONDS


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def served(program: Program) -> Iterator[None]:
    """``certtray sandbox`` in its own process, ready."""
    child = subprocess.Popen(
        [sys.executable, "-m", "certtray", "sandbox"],
        env=program.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    too_late = threading.Timer(SECONDS, child.kill)
    too_late.start()
    assert child.stdout is not None
    ready = json.loads(child.stdout.readline())
    too_late.cancel()
    assert ready["type"] == "ready"
    yield
    child.terminate()
    child.wait(SECONDS)
    child.stdout.close()


@pytest.fixture
def opened(program: Program) -> Iterator[Program]:
    """The CAs are made, nothing runs."""
    with furnished(Home(program.home).make().sandbox):
        yield program


def last_slip(program: Program) -> dict[str, str]:
    (*_, slip) = json.loads(program.run("sandbox", "outbox", "--json").stdout)
    return dict(slip)


@pytest.mark.usefixtures("served")
def test_from_the_form_to_the_first_login(program: Program) -> None:
    connections = {
        path.stem: tomllib.loads(path.read_text("utf-8"))
        for path in program.home.glob("**/*.toml")
        if path.stem in DESKS
    }
    assert set(connections) == set(DESKS)
    form = program.run("sandbox", "counter", "register", "twca-soft", "--id", "A123456789", "--email", "a@example.com")
    assert program.run("sandbox", "counter", "approve", "twca-soft", form.stdout.strip()).returncode == 0
    slip = last_slip(program)
    assert (slip["issuer"], slip["kind"]) == ("twca-soft", "paper")
    ((account, password),) = re.findall(r"帳號 (\S+) .*首次密碼 (\S+)", slip["text"])
    assert slip["text"] in program.run("sandbox", "outbox").stdout

    there, clock = connections["twca-soft"], folder_clock(program.home / "sandbox")
    issuer = RaIssuer(there["url"], Path(there["root"]), clock)
    picture = issuer.captcha()
    digits = program.run("sandbox", "captcha", "twca-soft").stdout.strip()
    assert issuer.login(SiteAccount(account, Secret(password), picture.id, digits)).must_change_password
    issuer.change_password(Secret(password), Secret("terminal-1"))
    assert issuer.registrations()[0].email == "a@example.com"
    issuer.close()

    assert program.run("sandbox", "counter", "reset-password", "twca-soft", "--id", "A123456789").returncode == 0
    assert last_slip(program)["text"] != slip["text"]
    for act in ("hold", "release"):
        assert program.run("sandbox", "counter", act, "twca-soft").returncode == 0


def test_two_cards_over_the_counter(opened: Program) -> None:
    form = opened.run("sandbox", "counter", "register", "twca-fine", "--id", "70759028").stdout.strip()
    assert opened.run("sandbox", "counter", "approve", "twca-fine", form).returncode == 0
    for name in ("first.json", "second.json"):
        card = opened.folder / name
        done = opened.run("sandbox", "counter", "card", "twca-fine", str(card), "--id", "70759028")
        memory = Memory.load(card)
        assert done.stdout.strip() == str(memory.serial), done.stderr
        texts = [row["text"] for row in json.loads(opened.run("sandbox", "outbox", "--json").stdout)]
        (pin,) = [re.findall(r"晶片卡密碼 (\d+)", text)[0] for text in texts if f"卡號 {memory.serial} " in text]
        assert memory.pin.rstrip(b"\xff").decode() == pin
        assert not any(memory.puk.decode() in text for text in texts)
        assert opened.run("sandbox", "counter", "rearm", "twca-fine", str(memory.serial)).returncode == 0
    bad = opened.folder / "bad.json"
    bad.write_text("{}")
    refused = opened.run("sandbox", "counter", "card", "twca-fine", str(bad), "--id", "70759028")
    assert refused.returncode == 64 and str(bad) in refused.stderr
    accounts = {found[1] for text in texts if (found := re.search(r"帳號 (\S+) ", text))}
    assert len(accounts) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("register", "sinopac", "--id", "A123456789"),
        ("register", "twca-soft", "--id", "Z000000000"),
        ("register", "twca-soft", "--id", "A123456789", "--device", "iKey"),
        ("approve", "twca-soft", "nothing"),
        ("reset-password", "sinopac", "--id", "A123456789"),
        ("resume", "tcb-fxml", "FFFF"),
        ("revoke", "tcb-fxml", "xyz"),
        ("revoke", "tcb-fxml", "FFFF", "--reason", "boredom"),
        ("approve", "nobody", "x"),
        ("card", "sinopac", "--id", "A123456789", "card.json"),
        ("card", "twca-fine", "--id", "A123456789", "card.json"),
        ("rearm", "twca-fine", "12345678"),
        (),
    ],
)
def test_what_the_counter_does_not_do(opened: Program, words: tuple[str, ...]) -> None:
    done = opened.run("sandbox", "counter", *words)
    assert (done.returncode, done.stdout) == (64, ""), done.stderr
    assert "Traceback" not in done.stderr
