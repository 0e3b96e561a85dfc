"""The rig for the rooms that meet cards: one service for a module, a new card for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from certtray.core.secret import Secret
from certtray.token.client import TokenWorker
from certtray.token.model import Token
from certtray.token.modules import Module, modules
from certtray_sandbox.cards import softhsm
from certtray_sandbox.cards.memory import Memory
from certtray_sandbox.cards.personal import ENCRYPTION, SIGNING, put_certificate, put_key
from certtray_sandbox.cards.piv import PivCard
from certtray_sandbox.cards.service import Service, card_service
from certtray_sandbox.cards.slot import Slot
from certtray_sandbox.cards.softhsm import SoftToken
from tests import makers

KNOWN = {module.id: module for module in modules(Path("/nonexistent"))}
SOFT_PIN = Secret(softhsm.PIN)


def worker(module: str | Module, tmp_path: Path) -> TokenWorker:
    """Start a worker with a module of the table, or another one."""
    return TokenWorker(KNOWN[module] if isinstance(module, str) else module, tmp_path / "locks")


def only(running: TokenWorker) -> Token:
    """Return the one token it shows."""
    (token,) = running.tokens()
    return token


@dataclass
class Cards:
    """A running service and the card in its first slot."""

    service: Service
    card: PivCard
    signing: makers.Party
    encryption: makers.Party

    @property
    def slot(self) -> Slot:
        """Where the card is."""
        return self.service.slots[0]


def fine_card(folder: Path, **how: object) -> tuple[PivCard, makers.Party, makers.Party]:
    """Return a card with a pair, as TWCA FINE hands it out, and the parties on it."""
    signing = makers.holder("70759028-00-0007", use="sign", key=makers.spare_key(1), **how)
    encryption = makers.holder("70759028-00-0007", **{"serial": 2, **how}, use="encrypt", key=makers.spare_key(2))
    card = PivCard(Memory.new(folder / "card.json"))
    for slot, party in ((SIGNING, signing), (ENCRYPTION, encryption)):
        put_key(card.memory, slot, party.key)
        put_certificate(card.memory, slot, party.der)
    return card, signing, encryption


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A PC/SC service for the module's tests."""
    with card_service() as running:
        yield running


@pytest.fixture
def cards(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cards]:
    """A card with a pair in the first slot; programs started from here see it."""
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SOFTHSM2_CONF", str(soft_conf(tmp_path / "none")))  # no token of the developer's own
    card, signing, encryption = fine_card(tmp_path)
    service.slots[0].pull_when = None
    service.slots[0].insert(card)
    yield Cards(service, card, signing, encryption)
    service.slots[0].remove()


@pytest.fixture(scope="session")
def soft_original() -> Iterator[tuple[Path, makers.Party]]:
    """A software token with one key and its certificate, made once: its tools are slow."""
    party = makers.holder("A123456789-00-090319")
    with TemporaryDirectory() as name:
        put(SoftToken(Path(name) / "soft"), Path(name), {"01": party})
        yield Path(name) / "soft", party


def put(token: SoftToken, folder: Path, parties: dict[str, makers.Party]) -> None:
    """Put keys and certificates on a software token, by the ids that join them."""
    for key_id, party in parties.items():
        (folder / "key.pem").write_bytes(party.key_pem)
        (folder / "certificate.der").write_bytes(party.der)
        token.put(folder / "key.pem", folder / "certificate.der", key_id)


@pytest.fixture
def soft(soft_original: tuple[Path, makers.Party], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> makers.Party:
    """That token, as new, for one test; returns whose certificate is on it."""
    original, party = soft_original
    shutil.copytree(original / "tokens", tmp_path / "soft" / "tokens")
    monkeypatch.setenv("SOFTHSM2_CONF", str(soft_conf(tmp_path / "soft")))
    return party


def soft_conf(folder: Path) -> Path:
    """Write the settings of the software tokens in ``folder``; return their file."""
    (folder / "tokens").mkdir(parents=True, exist_ok=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n", "utf-8")
    return conf
