"""The HiCOS (HiPKI) local service, which lists the certificates of the cards that are in a reader; only ever read.

One request, to this computer's own address, without a PIN: ``GET /pkcs11info?withcert=true``. The service also signs and decrypts;
that is never asked for. What answers on the port may be any program of this computer, so nothing of it is believed but octets that
are certificates. Source: FACTS.md 2.
"""

from __future__ import annotations

import json
import socket
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

from certtray.core.errors import StoreUnreachable
from certtray.core.secret import Secret
from certtray.core.store import Held, Reading, Store, Unread
from certtray.crypto.ber import Malformed
from certtray.crypto.der import facts
from certtray.stores.base import Parcel, Protection, State

HOST: Final = "127.0.0.1"
PORT: Final = 61161
PATH: Final = "/pkcs11info?withcert=true"
NAME: Final = "HiCOS"

KNOCK_SECONDS: Final = 0.3
SECONDS: Final = 5.0
"""For the whole answer: a card is slow to read."""
LARGEST: Final = 1024 * 1024
"""Bytes; a card holds a handful of certificates."""
_EMPTY: Final = frozenset({0x7600_0006, 0x7610_0003})
"""No card, no reader: an answer, and nothing in it."""


def hicos_store(port: int = PORT) -> Store | None:
    """Return the service as a store where something listens on its port."""
    try:
        socket.create_connection((HOST, port), KNOCK_SECONDS).close()
    except OSError:
        return None
    return Store("hicos", NAME, "", Path(f"hicos:{HOST}:{port}"))


class HicosAdapter:
    """The contract of stores/base.py for what cannot be written."""

    writes = False
    protects = False

    def read(self, store: Store) -> Reading:
        """Read it as the contract says; a card's own certificates have their key, authorities on it have none."""
        try:
            return reading_of(_asked(int(store.folder.name.rpartition(":")[2])))
        except TimeoutError:
            return Reading(reason=Unread.LOCKED)  # at work with the card: read next time
        except OSError:
            return Reading(reason=Unread.NO_ACCESS)

    def state(self, store: Store) -> State:
        """Refuse: before writing there is nothing to know but that."""
        _refuse(store)

    def put(self, store: Store, parcel: Parcel, password: Secret | None, protection: Protection) -> None:
        """Refuse: StoreUnreachable."""
        del parcel, password, protection
        _refuse(store)

    def take(self, store: Store, fingerprint: str, password: Secret | None) -> Parcel:
        """Refuse: a card's key does not leave it."""
        del fingerprint, password
        _refuse(store)

    def remove(self, store: Store, fingerprint: str, password: Secret | None) -> None:
        """Refuse: StoreUnreachable."""
        del fingerprint, password
        _refuse(store)


def _refuse(store: Store) -> NoReturn:
    raise StoreUnreachable(store=store.label, rule="read_only_kind", package=NAME)


def _asked(port: int) -> bytes:
    """Return the body of the answer, empty where it is none; OSError, TimeoutError among them."""
    from http.client import HTTPConnection, HTTPException  # only here: where no service runs, listing must start fast

    until, body = time.monotonic() + SECONDS, b""
    connection = HTTPConnection(HOST, port, timeout=SECONDS)
    try:
        connection.request("GET", PATH, headers={"Host": f"localhost:{port}", "Connection": "close"})
        response = connection.getresponse()
        while len(body) <= LARGEST and (part := response.read1(LARGEST)):
            body += part
            if time.monotonic() > until:
                raise TimeoutError
    except HTTPException:
        return b""
    finally:
        connection.close()
    return body if response.status == 200 and len(body) <= LARGEST else b""


def reading_of(body: bytes) -> Reading:
    """Return what an answer says; raises nothing, whatever it is."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return Reading(reason=Unread.DAMAGED)
    code = answer.get("ret_code") if isinstance(answer, dict) else None
    if not isinstance(code, int):
        return Reading(reason=Unread.DAMAGED)
    if code and code & 0xFFFF_FFFF not in _EMPTY:
        return Reading(reason=Unread.NO_ACCESS)
    return Reading(tuple({each.der: each for each in _held(answer)}.values()))


def _held(answer: dict[str, Any]) -> Iterator[Held]:
    for slot in _list(answer, "slots"):
        for each in _list(slot.get("token"), "certs"):
            try:
                der = b64decode(each["certb64"], validate=False)
                certificate = facts(der)
            except (KeyError, TypeError, ValueError, Malformed):
                continue
            yield Held(der, str(each.get("label", "")), not certificate.is_ca)


def _list(of: object, name: str) -> list[dict[str, Any]]:
    """Return the objects of a list in an object; none where either is something else."""
    found = of.get(name) if isinstance(of, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
