"""A card put into a reader while the tray runs: read by a worker, in the inventory, and told at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certtray_sandbox.cards.service import Service, card_service
from tests.faces import Program
from tests.notify.desk import Desk
from tests.program.test_tray import Resident, desk, host, resident, shows
from tests.token.conftest import fine_card, soft_conf
from tests.tray.host import Host
from tests.tray.rig import until

__all__ = ["desk", "host", "resident"]


@pytest.fixture
def service(certtray: Program, tmp_path: Path) -> Iterator[Service]:
    with card_service() as running:
        certtray.more.update(running.environment)
        certtray.more["SOFTHSM2_CONF"] = str(soft_conf(tmp_path / "none"))
        yield running


def test_a_card_that_ends_soon_is_told_when_it_is_put_in(
    certtray: Program, service: Service, desk: Desk, host: Host, resident: Resident, tmp_path: Path
) -> None:
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還沒有找到憑證"), "nothing is there yet")
    now = datetime.now(UTC).replace(microsecond=0)
    card, _, _ = fine_card(tmp_path, not_before=now - timedelta(700), not_after=now + timedelta(12))
    service.slots[0].insert(card)
    desk.window("Dunst")
    until(lambda: shows(host, "還有 12 天"), "the menu names what is due")
    service.slots[0].remove()
    rows = certtray.rows("list")
    assert [each["locations"][0]["kind"] for each in rows] == ["token", "token"]  # known while the card is away
    assert card.transcript.pins == []
