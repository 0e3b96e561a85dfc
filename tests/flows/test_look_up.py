"""System 1, 憑證查詢: the store first, a file where it is not there, always a file on a Mac (1-02 … 1-04)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from certtray_sandbox.script import Conversation, Played
from tests.faces import Dialogue, Program
from tests.flows.browsers import firefox
from tests.flows.checks import serial_of
from tests.flows.site import Site, site
from tests.flows.test_emanager import BROKER, OLD, give


@pytest.fixture
def broker(certtray: Program) -> Iterator[Site]:
    """The broker, connected."""
    with site(certtray, BROKER) as made:
        yield made


def sides(played: Played) -> list[str]:
    return [key for key in played.events() if key.startswith("host_and_local")]


@pytest.mark.feature("1-02", "1-03", "1-04")
def test_store_first_then_a_file_and_on_a_mac_always_a_file(
    broker: Site, dialogue: Dialogue, certtray: Program, tmp_path: Path
) -> None:
    path = give(broker, tmp_path / "mine.pfx", 200)
    answers = broker.answers(old_file=str(path), file_password=OLD)
    not_there = dialogue.play("view", "--issuer", BROKER, answers=answers)
    assert len(not_there.questions("old_file")) == 1
    assert sides(not_there) == ["host_and_local_same"]

    firefox(certtray, "profile")
    installed = dialogue.play("install", path, "--to", "1", answers={"file_password": OLD})
    assert installed.end["done"] == "installed", installed.end
    there = dialogue.play("view", "--issuer", BROKER, answers=answers)
    assert not there.questions("old_file") and sides(there) == ["host_and_local_same"]
    (compared,) = [row for row in there.rows if row.get("key") == "host_and_local_same"]
    assert compared["facts"]["place"] == "Firefox · profile"
    assert compared["facts"]["serial"] == serial_of(path, OLD).zfill(8)

    words = [sys.executable, "-m", "tests.flows.on_a_mac", "view", "--issuer", BROKER, "--json"]
    mac = Conversation(words, certtray.environment).play(answers)
    assert len(mac.questions("old_file")) == 1
    assert sides(mac) == ["host_and_local_same"]
