"""A real Firefox at a site that asks for a certificate, with a card it was made known to: the key never left the card."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from certtray.core.store import Store
from certtray.stores.nss import key_ids, read_store
from certtray_sandbox.browsers import Firefox
from certtray_sandbox.cards.memory import Memory
from certtray_sandbox.cards.personal import SIGNING, put_certificate, put_key
from certtray_sandbox.cards.piv import PivCard
from certtray_sandbox.cards.service import Service, card_service
from tests.browsers.marionette import OPTIONS, TYPE_PIN_AND_GO, Marionette
from tests.browsers.person import PASSWORD, Person
from tests.makers import run_tool
from tests.token.conftest import soft_conf

PIN = "123456"


class WithCards(Firefox):
    """A Firefox that finds the rig's card service."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "PCSCLITE_CSOCK_NAME": os.environ["PCSCLITE_CSOCK_NAME"]}


@pytest.fixture
def service(person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with card_service() as running:
        for name, value in {**running.environment, "SOFTHSM2_CONF": str(soft_conf(tmp_path / "none"))}.items():
            monkeypatch.setenv(name, value)
            person.dialogue.program.more[name] = value
        yield running


@pytest.mark.feature("3-24", "4-23", "4-27")
def test_firefox_shows_the_certificate_of_a_card(person: Person, service: Service, tmp_path: Path) -> None:
    sample = person.sample(400)
    opened = pkcs12.load_pkcs12(sample.path.read_bytes(), PASSWORD.encode())
    assert opened.cert is not None and isinstance(opened.key, RSAPrivateKey)
    card = PivCard(Memory.new(tmp_path / "card.json"))
    put_key(card.memory, SIGNING, opened.key)
    put_certificate(card.memory, SIGNING, opened.cert.certificate.public_bytes(Encoding.DER))
    for number, each in enumerate(opened.additional_certs):  # as an issuer hands its own certificates out
        (person.home / f"ca{number}.cer").write_bytes(each.certificate.public_bytes(Encoding.DER))
    sample.path.unlink()
    service.slots[0].insert(card)
    browser = WithCards(person.home)
    profile = Store("nss", "Firefox", browser.profile, browser.folder)
    person.dialogue.program.rows("list")  # what lies in the home is known from now on
    played = person.dialogue.play("token", "register", "--to", "all", answers={})
    assert played.end["done"] == "card_registered", played.end
    held = {each.der: each.has_key for each in read_store(profile).held}
    assert held[opened.cert.certificate.public_bytes(Encoding.DER)] is False
    assert len(held) == 3 and not key_ids(profile.folder)
    assert card.transcript.pins == []
    page = person.site.page_for(browser)
    with browser.opened("about:blank", *OPTIONS), Marionette(browser.folder) as firefox:
        firefox.run(TYPE_PIN_AND_GO, PIN, page)
        assert person.site.seen(page)["fingerprint_sha256"] == sample.fingerprint
    assert {each.name for each in card.transcript.pins} == {"VERIFY"}
    for row in person.dialogue.program.rows("stores"):
        assert {cell["cell"] for cell in row["cells"]} == {"via_card"}  # its key cannot be there: no drift
    assert "(CertTray)" in _modules(profile.folder)
    played = person.dialogue.play("token", "unregister", "--to", "all", answers={})
    assert played.end["done"] == "card_unregistered", played.end
    assert "(CertTray)" not in _modules(profile.folder)


def _modules(folder: Path) -> str:
    """Return what NSS's own tool says of a profile's modules."""
    return run_tool("modutil", "-dbdir", f"sql:{folder}", "-list").decode()
