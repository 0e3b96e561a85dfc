"""A card put into a reader while the tray runs: read by a worker, in the inventory, and told at once."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from certtray_sandbox.cards.memory import Memory
from certtray_sandbox.cards.personal import SIGNING, put_certificate
from certtray_sandbox.cards.piv import PivCard
from certtray_sandbox.cards.service import Service, card_service
from tests import makers
from tests.faces import Program
from tests.notify.desk import Desk
from tests.patience import SECONDS
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


def ending(folder: Path, serial: int = 0x00C0FFEE) -> PivCard:
    """A card whose certificates end in twelve days."""
    folder.mkdir(exist_ok=True)
    now = datetime.now(UTC).replace(microsecond=0)
    card, _, _ = fine_card(folder, not_before=now - timedelta(700), not_after=now + timedelta(12))
    card.memory.serial = serial
    return card


def test_a_card_that_ends_soon_is_told_when_it_is_put_in(
    certtray: Program, service: Service, desk: Desk, host: Host, resident: Resident, tmp_path: Path
) -> None:
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還沒有找到憑證"), "nothing is there yet")
    card = ending(tmp_path)
    service.slots[0].insert(card)
    desk.window("Dunst")
    until(lambda: shows(host, "還有 12 天"), "the menu names what is due")
    service.slots[0].remove()
    rows = certtray.rows("list")
    assert [each["locations"][0]["kind"] for each in rows] == ["token", "token"]  # known while the card is away
    assert card.transcript.pins == []
    assert resident.process is not None
    resident.process.send_signal(signal.SIGTERM)  # while it waits for the next card
    assert resident.wait() == 0


@dataclass
class UnknownCard(PivCard):
    """One that no module knows: it has no application and no command."""

    asked: list[bytes] = field(default_factory=list)

    def answer(self, raw: bytes) -> bytes:
        """File not found, whatever is asked."""
        self.asked.append(raw)
        return b"\x6a\x82"


PIN_COMMANDS = (0x20, 0x24, 0x2C)


def test_unknown_cards_are_left_alone_and_hide_no_other(
    service: Service, desk: Desk, host: Host, resident: Resident, tmp_path: Path
) -> None:
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還沒有找到憑證"), "nothing is there yet")
    unknown = UnknownCard(Memory.new(tmp_path / "unknown.json"))
    service.slots[0].insert(unknown)
    until(lambda: unknown.asked, "it is looked at")
    service.slots[1].insert(ending(tmp_path / "known"))
    until(lambda: shows(host, "還有 12 天"), "the card beside it is read")
    assert not [command for command in unknown.asked if command[1] in PIN_COMMANDS]


def test_the_tray_finds_a_card_service_that_was_restarted(
    certtray: Program, service: Service, host: Host, resident: Resident, tmp_path: Path
) -> None:
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還沒有找到憑證"), "nothing is there yet")
    service.stop()
    service.start()
    service.slots[0].insert(ending(tmp_path))
    until(lambda: shows(host, "還有 12 天"), "noticed by its event: the next check is an hour away")
    assert resident.process is not None
    service.stop()
    resident.process.send_signal(signal.SIGTERM)  # while it looks for the service
    assert resident.wait() == 0


def test_with_events_off_the_check_notices(
    certtray: Program, service: Service, desk: Desk, host: Host, tmp_path: Path
) -> None:
    certtray.module = "tests.program.deaf"
    deaf = Resident(certtray, desk)
    try:
        deaf.start()
        host.wait_for_item()
        until(lambda: shows(host, "還沒有找到憑證"), "nothing is there yet")
        service.slots[0].insert(ending(tmp_path))
        until(lambda: shows(host, "還有 12 天"), "the job read the reader again")
    finally:
        assert deaf.process is not None
        deaf.process.kill()
        deaf.process.communicate()


class SilentIssuer:
    """Takes a connection and says nothing; ``given_up`` is set when the other side has had enough."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/above.cer"
        self.asked, self.given_up = threading.Event(), threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with self._listening:
            connection, _ = self._listening.accept()
            with connection:
                self.asked.set()
                while connection.recv(65536):
                    pass
                self.given_up.set()


def test_a_notice_does_not_wait_for_an_issuer_that_says_nothing(
    service: Service, desk: Desk, host: Host, resident: Resident, tmp_path: Path
) -> None:
    issuer = SilentIssuer()
    card = ending(tmp_path)
    put_certificate(card.memory, SIGNING, asking_at(issuer.url))
    resident.start()
    host.wait_for_item()
    until(lambda: shows(host, "還沒有找到憑證"), "nothing is there yet")
    service.slots[0].insert(card)
    desk.window("Dunst")
    assert not issuer.given_up.is_set()  # it is asked all the same, and waited for afterwards
    assert issuer.asked.wait(SECONDS)


def asking_at(url: str) -> bytes:
    """A certificate that ends in twelve days and names where its issuer's is."""
    now = datetime.now(UTC).replace(microsecond=0)
    party, above = makers.holder("70759028-00-0007", use="sign"), makers.authority()
    access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(url))
    made = (
        x509.CertificateBuilder(
            above.certificate.subject,
            party.certificate.subject,
            party.key.public_key(),
            0x7E0445FD,
            now - timedelta(700),
            now + timedelta(12),
        )
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        .sign(above.key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)
