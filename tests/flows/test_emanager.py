"""System 1, 憑證e總管: no factors, a place of one's own, the list over all devices, revocation on a page (1-01 … 1-14)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certtray.core.secret import Secret
from certtray_sandbox.desks import Device
from certtray_sandbox.sample_files import write_sample
from tests.faces import Dialogue, Program
from tests.flows.checks import key_fits, opens, serial_of
from tests.flows.site import Site, site

BROKER = "ezongguan"
OLD, NEW = "old-file-2468", "new-file-1357"


@pytest.fixture
def broker(certtray: Program) -> Iterator[Site]:
    """The broker, connected."""
    with site(certtray, BROKER) as made:
        yield made


def give(broker: Site, path: Path, days: int, device: Device = "PC") -> Path:
    """Leave a certificate that ends in ``days`` days and is in the RA's register."""
    now = datetime.now(UTC)
    write_sample(
        broker.ra.folder, path, broker.person.id, days, Secret(OLD), ("both",), now, profile=BROKER, device=device
    )
    return path


@pytest.mark.feature("1-01", "1-05", "1-06", "1-07")
def test_login_offers_to_apply_and_asks_only_terms_place_and_password(broker: Site, dialogue: Dialogue) -> None:
    answers = broker.answers(offer_apply_plain=True, file_place="", new_file_password=NEW)
    played = dialogue.play("login", "--issuer", BROKER, answers=answers)
    assert played.end.get("step") == "installed", played.end
    assert [question["key"] for question in played.questions()] == [
        "national_id",
        "trading_password",
        "offer_apply_plain",
        "terms",
        "file_place",
        "new_file_password",
    ]
    user = Path(broker.program.environment["HOME"])
    assert Path(played.questions("file_place")[0]["suggested"]) == user / "certificate.pfx"
    assert key_fits(user / "certificate.pfx", NEW)


@pytest.mark.feature("1-07")
def test_another_place_may_be_chosen_and_must_exist(broker: Site, dialogue: Dialogue, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    places = [str(tmp_path / "nowhere" / "x.pfx"), str(tmp_path / "mine")]
    played = dialogue.play(
        "apply", "--issuer", BROKER, answers=broker.answers(file_place=places, new_file_password=NEW)
    )
    assert [row["error"]["facts"]["rule"] for row in played.rows if row["type"] == "invalid"] == ["no_folder"]
    assert opens(tmp_path / "mine" / "certificate.pfx", NEW)


@pytest.mark.feature("1-09", "1-10")
def test_about_to_expire_is_renewed_without_factors(broker: Site, dialogue: Dialogue, tmp_path: Path) -> None:
    path = give(broker, tmp_path / "user" / "certificate.pfx", 12)
    old = serial_of(path, OLD)
    answers = broker.answers(offer_renew_plain=True, old_file=str(path), file_password=OLD, new_file_password=NEW)
    played = dialogue.play("login", "--issuer", BROKER, answers=answers)
    assert played.end.get("step") == "installed", played.end
    keys = {question["key"] for question in played.questions()}
    assert not keys & {"birth_date", "otp", "file_place"}
    assert serial_of(path, NEW) != old


@pytest.mark.feature("1-13")
def test_the_list_has_every_device_with_the_serial_in_decimal(broker: Site, dialogue: Dialogue, tmp_path: Path) -> None:
    devices: tuple[Device, ...] = ("PC", "iPhone", "GPhone")
    paths = {device: give(broker, tmp_path / f"{device}.pfx", 200, device) for device in devices}
    give(broker, tmp_path / "expired.pfx", -3)
    played = dialogue.play("certificates", "--issuer", BROKER, answers=broker.answers())
    columns, rows = played.end["table"]["columns"], played.end["table"]["rows"]
    assert columns[:3] == ["S/N", "憑證狀態", "憑證序號（十進位）"]
    assert len(rows) == 3, "the expired one is not valid"
    by_device = {row[columns.index("裝置類別")]: row for row in rows}
    for device, path in paths.items():
        row = by_device[device]
        serial = int(serial_of(path, OLD), 16)
        assert (row[2], row[3]) == (str(serial), f"{serial:08X}")
        assert str(row[columns.index("效期（迄）")]).endswith("23:59:59")
    cn = columns.index("CN")
    assert [by_device[device][cn] for device in ("PC", "iPhone", "GPhone")] == [
        "A12345****",
        "A12345****-00-MI001",
        "A12345****-00-MG001",
    ]


@pytest.mark.feature("1-14")
def test_revocation_ends_at_the_issuers_page(broker: Site, dialogue: Dialogue) -> None:
    before = broker.ra.requests_seen()
    played = dialogue.play("revoke", "--issuer", BROKER, answers={})
    assert (played.end["done"], played.end["way"]) == ("elsewhere.page", "page")
    assert played.end["page"].startswith("https://") and played.end["page"] in played.end["text"]
    assert broker.ra.requests_seen() == before


def test_an_application_interrupted_is_carried_on_wherever_its_file_goes(
    broker: Site, dialogue: Dialogue, tmp_path: Path
) -> None:
    dialogue.play("certificates", "--issuer", BROKER, answers=broker.answers())  # the RA exists from its first request
    broker.ra.hold(BROKER)
    (tmp_path / "mine").mkdir()
    answers = broker.answers(file_place=str(tmp_path / "mine"), new_file_password=NEW, pending_password=NEW)
    held = dialogue.play("apply", "--issuer", BROKER, answers=answers)
    assert held.end["waiting"] == "issuing"
    broker.ra.release(BROKER)
    played = dialogue.play("apply", "--issuer", BROKER, answers=answers)
    assert played.end["step"] == "installed"
    assert not played.questions("file_place")
    assert opens(tmp_path / "mine" / "certificate.pfx", NEW)
