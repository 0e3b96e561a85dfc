"""The HiCOS local service: what it lists is read, nothing else is ever asked, and nothing it says is believed blindly."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.errors import StoreUnreachable
from certtray.core.store import Held, Reading, Store, Unread
from certtray.stores import hicos
from certtray.stores.base import Protection
from certtray.stores.hicos import HicosAdapter, hicos_store
from tests.faces import Program
from tests.makers import ALICE, BRUNO, Party, authority, holder, spare_key
from tests.stores.hipki import card, hipki
from tests.stores.kinds import fingerprint, parcel

ROOT = Path(__file__).parents[2]
ALICES, BRUNOS = holder(ALICE, use="sign"), holder(BRUNO, key=spare_key(2), serial=7)
EMPTY = {"slotDescription": "empty reader", "token": None}


def read(port: int) -> Reading:
    return HicosAdapter().read(Store("hicos", "HiCOS", "", Path(f"hicos:127.0.0.1:{port}")))


def test_every_card_s_certificates_are_read_with_one_request_that_carries_nothing() -> None:
    issuing = authority()
    root = Party(issuing.key, issuing.chain[0])
    with hipki({"ret_code": 0, "slots": [card(root, issuing, ALICES), EMPTY, card(BRUNOS, ALICES)]}) as service:
        store = hicos_store(service.port)
        assert store is not None
        held = HicosAdapter().read(store).held
        assert {each.der: each.has_key for each in held} == {
            issuing.chain[0].public_bytes(Encoding.DER): False,
            issuing.der: False,
            ALICES.der: True,
            BRUNOS.der: True,
        }
        assert held[0] == Held(root.der, "cert1", False)
        assert service.asked == [("GET", "/pkcs11info?withcert=true", "")]


def test_a_card_s_certificate_is_listed_and_is_never_drift(certtray: Program) -> None:
    """In a network of its own, where the real port is free: the program as it is, and the service at its own address."""
    network = "-n" if os.geteuid() == 0 else "-Urn"
    slot = json.dumps(card(ALICES, authority()))
    done = subprocess.run(
        ["unshare", network, sys.executable, "-m", "tests.stores.own_network", slot],
        cwd=ROOT,
        env=certtray.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    stores, listed, asked = (json.loads(line) for line in done.stdout.splitlines())
    (row,) = stores
    assert (row["kind"], row["name"], row["readable"]) == ("hicos", "HiCOS", True)
    assert [cell["drifts"] for cell in row["cells"]] == [False]
    (alice,) = [each for each in listed if each["fingerprint_sha256"] == fingerprint(ALICES)]
    assert [(place["kind"], place["has_key"]) for place in alice["locations"]] == [("hicos", True)]
    assert {(method, path, length) for method, path, length in asked} == {("GET", hicos.PATH, "")}


def test_without_the_service_there_is_no_store() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert hicos_store(port) is not None
    assert hicos_store(port) is None
    assert read(port).reason is Unread.NO_ACCESS


@pytest.mark.parametrize("code", [0x76000006, 0x76100003, 0x76000006 - 2**32])
def test_without_a_card_or_reader_it_is_readable_and_empty(code: int) -> None:
    with hipki({"ret_code": code, "message": "no card"}) as service:
        assert read(service.port) == Reading()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"ret_code": 0x76000031, "message": "site not trusted"}, Unread.NO_ACCESS),
        ({"slots": []}, Unread.DAMAGED),
        ([], Unread.DAMAGED),
        ("no object", Unread.DAMAGED),
    ],
)
def test_what_it_refuses_or_says_wrongly_has_a_reason(answer: object, reason: Unread) -> None:
    with hipki(answer) as service:
        assert read(service.port) == Reading(reason=reason)


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe", b" " * (hicos.LARGEST + 2)])
def test_an_answer_that_is_none_is_damaged(raw: bytes) -> None:
    with hipki() as service:
        service.raw = raw
        assert read(service.port) == Reading(reason=Unread.DAMAGED)


def test_another_status_is_no_answer() -> None:
    with hipki({"ret_code": 0, "slots": [card(ALICES)]}) as service:
        service.status = 404
        assert read(service.port).reason is Unread.DAMAGED


@pytest.mark.parametrize(
    "slots",
    [
        None,
        {"0": card(ALICES)},
        ["slot", 1, None],
        [{"token": {"certs": [{"certb64": "MAMCAQE="}, {"certb64": 5}, {"label": "x"}, "y", {"certb64": "憑證"}]}}],
    ],
)
def test_what_is_no_certificate_is_left_out(slots: object) -> None:
    with hipki({"ret_code": 0, "slots": slots}) as service:
        assert read(service.port) == Reading()


def test_one_that_says_nothing_is_left_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hicos, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert read(silent.getsockname()[1]).reason is Unread.LOCKED


def test_it_is_never_written_to() -> None:
    store, adapter = Store("hicos", "HiCOS", "", Path("hicos:127.0.0.1:1")), HicosAdapter()
    acts: list[Callable[[], object]] = [
        lambda: adapter.state(store),
        lambda: adapter.put(store, parcel(ALICES), None, Protection()),
        lambda: adapter.take(store, fingerprint(ALICES), None),
        lambda: adapter.remove(store, fingerprint(ALICES), None),
    ]
    assert not adapter.writes
    for act in acts:
        with pytest.raises(StoreUnreachable):
            act()
