"""A bad network and a failing RA while certificates are suspended, reinstated and revoked."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from certtray.system.connections import Connection, save_connection
from certtray.system.paths import Home
from certtray_sandbox.script import Conversation, Played
from tests.flows.files import play
from tests.flows.middleman import FAULTS, Middleman, middleman
from tests.flows.office import DEEDS, Deed, Office
from tests.rigs import ReferenceRa

DONE = ("cut after", "half an answer", "slow")
"""Faults after the RA has acted."""


@contextmanager
def through(office: Office, folder: Path) -> Iterator[Middleman]:
    """Reach the issuer through a middleman."""
    ra = dataclasses.replace(office.ra, url=office.ra.url_of(office.deed.profile))
    folder.mkdir()
    with middleman(ra, folder) as between:
        connect(office, between.url, between.root)
        yield between


def connect(office: Office, url: str, root: Path) -> None:
    save_connection(Home(office.program.home), office.deed.profile, Connection(url, root, office.ra.ca_root))


def hasty(office: Office) -> Played:
    """Do it with a program that does not wait long for an answer."""
    command = [sys.executable, "-m", "tests.flows.hasty", *office.deed.words, "--json"]
    return Conversation(command, office.program.environment).play(office.answers)


def cases() -> Iterator[object]:
    """One fault for each deed; every one of them in the long run."""
    for deed, one in zip(DEEDS, ("cut after", "half an answer", "500"), strict=True):
        for fault in FAULTS:
            yield pytest.param(deed, fault, marks=() if fault == one else pytest.mark.full, id=f"{deed.name}-{fault}")


@pytest.mark.parametrize(("deed", "fault"), list(cases()))
def test_trouble_says_that_it_is_not_known(own_ra: ReferenceRa, tmp_path: Path, deed: Deed, fault: str) -> None:
    office = Office(own_ra, deed, tmp_path)
    with through(office, tmp_path / "between") as between:
        between.spoil(f"PUT /certificates/{deed.call.rpartition('/')[2]}", fault)
        played = hasty(office)
        assert between.spoiled and played.end["code"] == "deed-unclear", played.end
        assert "再辦理一次" in played.end["todo"] and played.exit_status == 69
        begun = office.truth()
        assert begun == (deed.after if fault in DONE else deed.before) or fault == "slow"
        between.heal()
        again = hasty(office)
        if begun == deed.after:
            assert again.end["code"] == "none-fits", again.end
        else:
            assert again.end["done"] == deed.name, again.end
        assert office.truth() == deed.after
        office.reset()
        between.times = 1  # asked for again by itself, and not done twice
        once = hasty(office)
        assert once.end["code" if fault == "garbage" else "done"] == (
            "deed-unclear" if fault == "garbage" else deed.name
        )
        assert fault == "garbage" or (office.truth(), office.seen()) == (deed.after, {deed.seen})


def test_a_server_that_is_not_the_issuer_learns_nothing(own_ra: ReferenceRa, tmp_path: Path) -> None:
    office = Office(own_ra, DEEDS[0], tmp_path)
    with through(office, tmp_path / "between") as between:
        connect(office, between.url, own_ra.tls_root)
        played = play(office.program, *office.deed.words, answers=office.answers)
        assert (played.end["code"], played.exit_status) == ("issuer-not-trusted", 76)
        assert between.seen == [] and office.truth() == office.deed.before
