"""One person, one card or token, one issuer: what the tests of procedures on a token share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from certtray_sandbox.cards import softhsm
from certtray_sandbox.cards.apdu import read_tlv
from certtray_sandbox.cards.keys import SLOTS
from certtray_sandbox.cards.memory import CAPABILITIES, CHUID, RIG_MANAGEMENT_KEY
from certtray_sandbox.cards.softhsm import SoftToken
from certtray_sandbox.people import COMPANY
from certtray_sandbox.script import Played
from tests.faces import Program
from tests.flows.checks import openssl
from tests.flows.site import Site, described, site
from tests.makers import run_tool
from tests.token.conftest import KNOWN, Cards

FXML, FINE = "tcb-fxml", "twca-fine"
CARD_PIN = "123456"
KEPT = {CHUID, CAPABILITIES}
"""Objects of a card that holds no certificate yet."""


def managed_row() -> str:
    """Return the row of one's own that lets the rig's card be written to: its maker's module, and the rig's key."""
    known = KNOWN["ykcs11"]
    return (
        f'[[module]]\nid = "{known.id}"\nname = "{known.name}"\nunblock = "{known.unblock}"\n'
        f'linux = ["{known.path}"]\nplaces = {list(known.places)}\nmanagement_key = "{RIG_MANAGEMENT_KEY.hex()}"\n'
    )


@pytest.fixture
def soft_token(certtray: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    """An empty token in software, which programs and tools started from here see, and no other."""
    token = SoftToken(tmp_path / "soft")
    for name, value in token.environment.items():
        monkeypatch.setenv(name, value)
    certtray.more.update(token.environment, PCSCLITE_CSOCK_NAME=str(tmp_path / "none"))
    return token


@pytest.fixture
def bank(soft_token: SoftToken, certtray: Program) -> Iterator[Site]:
    """The bank, with the person's form for an iKey approved at the counter."""
    with site(certtray, FXML) as made:
        made.register(device="iKey", email="ming@example.com")
        yield made


def emptied(cards: Cards) -> None:
    """Leave nothing on the card: as it is handed out."""
    memory = cards.card.memory
    memory.keys.clear()
    for tag in memory.objects.keys() - KEPT:
        del memory.objects[tag]
    memory.save()


@pytest.fixture
def empty_card(cards: Cards, certtray: Program) -> Cards:
    """The card as it is handed out, which programs started from here see, and may write to."""
    emptied(cards)
    certtray.more.update({name: os.environ[name] for name in ("PCSCLITE_CSOCK_NAME", "SOFTHSM2_CONF")})
    certtray.home.mkdir(mode=0o700)
    (certtray.home / "modules.toml").write_text(managed_row(), "utf-8")
    return cards


@pytest.fixture
def fine(empty_card: Cards, certtray: Program) -> Iterator[Site]:
    """FINE's site, with a company's form approved."""
    with site(certtray, FINE) as made:
        made.person = COMPANY
        made.register()
        yield made


def keys(played: Played) -> list[str]:
    """Return the keys of the questions asked."""
    return [question["key"] for question in played.questions()]


def signs(token: SoftToken, key_id: str, work: Path) -> bool:
    """Let OpenSC's tool sign with a key of a software token, and OpenSSL verify it under the certificate beside it."""
    data, signature, certificate, public = (work / name for name in ("data", "signature", "certificate", "public"))
    data.write_bytes(os.urandom(40))
    tool = ("pkcs11-tool", "--module", softhsm.MODULE, "--token-label", token.label, "--id", key_id)
    run_tool(*tool, "--read-object", "--type", "cert", "-o", certificate)
    run_tool(*tool, "--sign", "-m", "SHA256-RSA-PKCS", "--login", "--pin", softhsm.PIN, "-i", data, "-o", signature)
    public.write_text(openssl("x509", "-inform", "DER", "-in", certificate, "-noout", "-pubkey").stdout)
    return "Verified OK" in openssl("dgst", "-sha256", "-verify", public, "-signature", signature, data).stdout


def on_card(cards: Cards) -> dict[int, dict[str, str]]:
    """Return what OpenSSL says of each certificate on the card whose key is the one in its slot, by slot."""
    found = {}
    for slot, (_, key) in cards.card.memory.keys.items():
        content = cards.card.memory.objects.get(SLOTS[slot])
        if content is not None:
            der = read_tlv(content)[0x70]
            if x509.load_der_x509_certificate(der).public_key() == key.public_key():
                found[slot] = described(der)
    return found
