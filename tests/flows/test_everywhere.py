"""Applying and renewing end in the browsers (1-08, 1-10), asked or by the setting, with no password asked twice."""

from __future__ import annotations

import pytest

from tests.faces import Dialogue, Program
from tests.flows.browsers import PRIMARY, firefox, held, made, shared
from tests.flows.files import history
from tests.flows.sinopac import OLD_PASSWORD, Broker


def newest_cells(certtray: Program) -> list[str]:
    return [cell["cell"] for row in certtray.rows("stores") for cell in row["cells"]]


@pytest.mark.feature("1-08", "0-24")
def test_applying_offers_the_browsers_that_lack_it(broker: Broker, dialogue: Dialogue, certtray: Program) -> None:
    firefox(certtray, "plain", "guarded", primary="guarded")
    made(shared(certtray))
    answers = broker.answers(install_stores="", primary_password=PRIMARY)
    played = dialogue.play("apply", "--issuer", "sinopac", answers=answers)
    assert played.end.get("step") == "installed", played.end
    assert [row["key"] for row in played.questions()][-3:] == [
        "new_file_password",
        "install_stores",
        "primary_password",
    ]
    assert played.events().count("stored") == 3
    assert "older_stays" not in played.events()
    assert newest_cells(certtray) == ["newest"] * 3
    assert history(certtray) == ["apply", "install"]
    assert not list((certtray.home / "operations").glob("*/*.p8"))


@pytest.mark.feature("1-08", "1-10")
def test_renewing_makes_every_store_new_again(broker: Broker, dialogue: Dialogue, certtray: Program) -> None:
    path = broker.give_certificate(12)
    dialogue.play("install", path, "--to", "all", answers={"file_password": OLD_PASSWORD})
    (profile,) = firefox(certtray, "plain")
    dialogue.play("install", path, "--to", "1", answers={"file_password": OLD_PASSWORD})
    assert newest_cells(certtray) == ["newest", "newest"]
    settings = certtray.home / "settings.toml"
    settings.write_text('install_everywhere = "always"\n')
    played = dialogue.play("renew", path, answers=broker.answers())
    assert played.end.get("step") == "installed", played.end
    assert not played.questions("install_stores")
    assert len(played.questions("new_file_password")) == 1
    assert newest_cells(certtray) == ["newest", "newest"]
    assert sum(has_key for has_key in held(profile).values()) == 2, "the old one stays until somebody removes it"
    assert played.events().count("older_stays") == 2, "and that is said, of each store"


@pytest.mark.feature("1-08")
@pytest.mark.parametrize("answer", [{"action": "skip_stores"}, {"cancel": True}, "none"])
def test_who_does_not_want_it_now_has_lost_nothing(
    broker: Broker, dialogue: Dialogue, certtray: Program, answer: object
) -> None:
    (profile,) = firefox(certtray, "plain")
    played = dialogue.play("apply", "--issuer", "sinopac", answers=broker.answers(install_stores=answer))
    assert played.end.get("step") == "installed", played.end
    assert played.events()[-1] == "stores_later"
    assert held(profile) == {}
    assert newest_cells(certtray) == ["missing"]


def test_never_means_never(broker: Broker, dialogue: Dialogue, certtray: Program) -> None:
    firefox(certtray, "plain")
    (certtray.home / "settings.toml").write_text('install_everywhere = "never"\n')
    played = dialogue.play("apply", "--issuer", "sinopac", answers=broker.answers())
    assert played.end.get("step") == "installed", played.end
    assert {"stores_later", "stored"} & set(played.events()) == set()
    (certtray.home / "settings.toml").write_text('install_everywhere = "perhaps"\n')
    assert certtray.run("list").returncode == 78
