"""Profiles a person adds: a bad one stops nobody, a host is asked about once, a portal says where to go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from certtray.rules.profiles import config_folder, load_profile
from certtray.system.connections import Connection, confirm, save_connection
from certtray.system.paths import Home
from tests.faces import Dialogue, Program
from tests.flows.sinopac import connected_broker

TEMPLATE = config_folder() / "issuer-template.toml"


def add(certtray: Program, name: str, **changed: str) -> Path:
    """Put a copy of the template beside the program's own profiles."""
    text = TEMPLATE.read_text("utf-8")
    for old, new in changed.items():
        text = text.replace(old, new)
    path = certtray.home / "issuers" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_the_template_is_a_profile_and_names_every_key() -> None:
    assert load_profile(TEMPLATE).id == "my-issuer"


def test_a_portal_says_where_to_go_and_sends_nothing(certtray: Program, dialogue: Dialogue) -> None:
    add(certtray, "mine")
    for procedure in ("apply", "renew", "revoke", "suspend", "download", "login"):
        arguments = [] if procedure == "renew" else ["--issuer", "my-issuer"]
        played = dialogue.play(procedure, *arguments, answers={"issuer": "my-issuer"})
        assert played.end["done"] == "elsewhere.page", played.end
        assert played.end["phone"] == "02-0000-0000"
        assert "身分證與原留印鑑" in played.end["text"]


def test_a_bad_profile_is_named_and_the_others_work(certtray: Program, dialogue: Dialogue) -> None:
    add(certtray, "mine")
    bad = add(certtray, "other", **{'id = "my-issuer"': 'id = "other"', "bits = 2048": "bits = 512"})
    add(certtray, "twin", **{'id = "my-issuer"': 'id = "sinopac"'})
    listed = certtray.run("list")
    assert listed.returncode == 0
    assert str(bad) in listed.stderr and "key.bits" in listed.stderr
    assert "twin.toml" in listed.stderr and "sinopac" in listed.stderr
    assert dialogue.play("apply", "--issuer", "my-issuer", answers={}).end["done"] == "elsewhere.page"


@pytest.mark.parametrize("agreed", [True, False])
def test_a_new_host_is_shown_and_asked_about_once(certtray: Program, dialogue: Dialogue, agreed: bool) -> None:
    add(certtray, "mine", **{'adapter = "portal"': 'adapter = "ra"'})
    with connected_broker(certtray) as broker:
        connection = Connection(broker.ra.url, broker.ra.tls_root, broker.ra.ca_root)
        save_connection(Home(certtray.home), "my-issuer", connection)
        answers: dict[str, Any] = broker.answers(new_host=agreed)
        played = dialogue.play("certificates", "--issuer", "my-issuer", answers=answers)
        (asked,) = played.questions("new_host")
        assert "127.0.0.1:" in asked["help"] and "我的發行機構" in asked["help"]
        if not agreed:
            assert played.end["code"] == "cancelled"
            assert broker.ra.requests_seen() == 0
            return
        assert played.end["done"] == "certificates"
        again = dialogue.play("certificates", "--issuer", "my-issuer", answers=answers)
        assert not again.questions("new_host")
        save_connection(
            Home(certtray.home), "my-issuer", Connection("https://127.0.0.1:1/", connection.root, connection.ca_root)
        )
        moved = dialogue.play("certificates", "--issuer", "my-issuer", answers=answers)
        assert moved.questions("new_host"), "another host is another question"


def test_the_environment_check_speaks_to_no_host_before_it_was_agreed_to(certtray: Program, dialogue: Dialogue) -> None:
    add(certtray, "mine", **{'adapter = "portal"': 'adapter = "ra"'})
    home = Home(certtray.home)
    save_connection(
        home, "my-issuer", Connection("https://127.0.0.1:1/x", home.root / "root.pem", home.root / "ca.pem")
    )

    def hosts() -> set[str]:
        return {
            row["about"] for row in dialogue.play("environment", answers={"environment_fix": "leave"}).end["checks"]
        }

    assert "127.0.0.1:1" not in hosts()
    confirm(home, "my-issuer", "127.0.0.1:1")
    assert "127.0.0.1:1" in hosts()
