"""Writing into NSS databases as the adapter does, or by starting its child ourselves."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from certtray.core.errors import CertTrayError
from certtray.core.store import Store
from certtray.stores import nss_write
from certtray.stores.base import Protection
from certtray.stores.nss_write import NssAdapter
from certtray.system.spawn import command
from tests.makers import ALICE, BRUNO, Party, holder, spare_key
from tests.stores.kinds import parcel

ALICES, BRUNOS = holder(ALICE), holder(BRUNO, key=spare_key(2), serial=7)
PLAIN = Protection()


def put(store: Store, party: Party = BRUNOS) -> None:
    NssAdapter().put(store, parcel(party), None, PLAIN)


def request(store: Store, party: Party = BRUNOS) -> bytes:
    """What the adapter sends the child to install ``party``."""
    sent: dict[str, Any] = {}

    def ask(child: str, request: dict[str, Any], _deadline: float) -> list[dict[str, Any]]:
        sent.update(request)
        return [{"done": None}]

    with pytest.MonkeyPatch.context() as patch, pytest.raises(CertTrayError):
        patch.setattr(nss_write, "ask_child", ask)
        put(store, party)
    return json.dumps(sent).encode()


def start(asked: bytes) -> subprocess.Popen[bytes]:
    """The child with its request; its answer is read by who started it."""
    child = subprocess.Popen(command("_nss"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin
    child.stdin.write(asked)
    child.stdin.close()
    return child
