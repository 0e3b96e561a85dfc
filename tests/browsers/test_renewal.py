"""Renewed against the reference RA, installed everywhere by the renewal's end, and both browsers log in with the new one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from certtray_sandbox.browsers import Chromium, Firefox
from certtray_sandbox.visits import RunningSite
from tests.browsers.person import Person, import_by_hand, sample_in
from tests.faces import Dialogue
from tests.flows.sinopac import NEW_PASSWORD, OLD_PASSWORD, Broker, connected_broker


@pytest.fixture
def broker(dialogue: Dialogue) -> Iterator[Broker]:
    """The RA, connected to the person's home."""
    with connected_broker(dialogue.program) as broker:
        yield broker


@pytest.fixture
def person(dialogue: Dialogue, broker: Broker) -> Iterator[Person]:
    """Somebody whose site accepts what this RA issues."""
    folder = broker.ra.folder
    home = folder.parent / "site"
    home.mkdir()
    (home / "sandbox").symlink_to(folder)
    with RunningSite({**os.environ, "CERTTRAY_HOME": str(home), "HOME": str(home)}) as site:
        yield Person(dialogue, site, folder)


@pytest.mark.feature("1-08", "1-15")
def test_renewed_and_logged_in(person: Person, broker: Broker) -> None:
    """Firefox, choosing by itself, shows the old one while that is there and in force: it is removed in the end."""
    firefox, chromium = browsers = Firefox(person.home), Chromium(person.home)
    old = sample_in(broker.give_certificate(12), OLD_PASSWORD)
    for browser in browsers:
        import_by_hand(browser, old)
    assert cells(person) == {"newest"}, "nothing newer is known yet"
    everywhere = {"install_stores": lambda question: [each["id"] for each in question["options"]]}
    played = person.dialogue.play("renew", old.path, answers=broker.answers(**everywhere))
    assert (played.exit_status, played.end["step"]) == (0, "installed"), played.rows
    new = sample_in(old.path, NEW_PASSWORD)
    assert cells(person) == {"newest"}
    assert person.shown_by(firefox) == old.fingerprint
    assert person.shown_by(chromium) == new.fingerprint
    person.remove(old)
    assert cells(person) == {"newest"}
    assert person.shown_by(firefox) == new.fingerprint
    assert person.shown_by(chromium) == new.fingerprint


def cells(person: Person) -> set[str]:
    """How the stores stand, in one word if they agree."""
    return {each["cell"] for row in person.dialogue.program.rows("stores") for each in row["cells"]}
