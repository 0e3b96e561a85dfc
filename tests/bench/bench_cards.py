"""Budgets of cards: from PC/SC's report to the notice, beside opensc-notify; worker start; signatures (issue 6)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import pkcs11
from pkcs11 import Mechanism, ObjectClass

from certtray.inventory.db import Inventory
from certtray.token.cryptoki import Cryptoki, User
from certtray.token.pcsc import PcscError
from certtray.token.readers import PRESENT, Watch
from certtray_sandbox.cards import softhsm
from certtray_sandbox.cards.memory import Memory
from certtray_sandbox.cards.personal import ENCRYPTION, SIGNING, put_certificate, put_key
from certtray_sandbox.cards.piv import PivCard
from certtray_sandbox.cards.service import Service, card_service
from certtray_sandbox.cards.softhsm import SoftToken
from tests import makers
from tests.bench import raw
from tests.bench.notices import NoticeServer
from tests.bench.row import Row, best
from tests.patience import SECONDS
from tests.token.conftest import KNOWN, SOFT_PIN, put, soft_conf, worker
from tests.tray.host import Host
from tests.tray.rig import ROOT, bare_environment, end, program, screen, session_bus, until

INSERTIONS, SIGNATURES, STARTS = 7, 300, 7
POLL = 0.005
wait = threading.Event().wait


def rows() -> Iterator[Row]:
    """Measure everything; about a minute."""
    with TemporaryDirectory() as name, card_service() as service, surroundings(Path(name), service):
        yield from noticed(Path(name), service)
        yield from workers(Path(name))
        yield from signatures(Path(name))


@contextmanager
def surroundings(folder: Path, service: Service) -> Iterator[None]:
    """A compiled program, as an installed one is, the rig's readers, and nothing of the developer's own."""
    before = dict(os.environ)
    os.environ.update(service.environment)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    os.environ["SOFTHSM2_CONF"] = str(soft_conf(folder / "none"))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Reported:
    """When PC/SC says that a card is in: what any program could know at the earliest."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._seen = threading.Semaphore(0)
        self._gone = threading.Semaphore(0)
        self.moment = 0.0
        self._watch = Watch()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        known, inside = self._watch.look({}), False
        while True:
            try:
                known = self._watch.look(known)
            except PcscError:  # the service has ended
                return
            if inside != (inside := bool(known.get(self._reader, 0) & PRESENT)):
                if inside:
                    self.moment = perf_counter()
                (self._seen if inside else self._gone).release()

    def came(self) -> float:
        """Wait for a card; return the moment."""
        assert self._seen.acquire(timeout=SECONDS)
        return self.moment

    def went(self) -> None:
        """Wait until it is out: the virtual reader looks every 0.4 seconds only."""
        assert self._gone.acquire(timeout=SECONDS)


def noticed(folder: Path, service: Service) -> Iterator[Row]:
    """Cards with certificates that end soon, one after another, with both programs running."""
    environment = bare_environment(folder / "desk")
    environment |= {name: os.environ[name] for name in ("PYTHONPYCACHEPREFIX", "SOFTHSM2_CONF")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "daemon"), str(ROOT)])
    environment["CERTTRAY_HOME"] = str(folder / "certtray")
    environment |= service.environment
    with screen(environment), session_bus(environment):
        address = environment["DBUS_SESSION_BUS_ADDRESS"]
        server, host = NoticeServer(address), Host(address)
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
        programs = [
            subprocess.Popen([sys.executable, "-m", "certtray", "run"], **quiet),
            subprocess.Popen([program("opensc-notify")], **quiet),
        ]
        try:
            host.wait_for_item()
            until(lambda: any("還沒有找到憑證" in label for label in host.labels()), "it has checked")
            times = [*insertions(folder, service, server)]
        finally:
            for each in programs:
                end(each, kill=True)
            host.close()
            server.close()
    listed, told, theirs = (min(each) for each in zip(*times[1:], strict=True))  # the first compiles
    yield Row("PC/SC reports a card until its certificates are listed", listed, None, None, "<= 1 s", listed <= 1)
    yield Row("… until an ending one is told (opensc-notify reads none)", told, theirs, None, "<= 1 s", told <= 1)


def insertions(folder: Path, service: Service, server: NoticeServer) -> Iterator[tuple[float, float, float]]:
    """Yield seconds from the report to (inventory, our notice, opensc-notify's)."""
    now = datetime.now(UTC).replace(microsecond=0)
    slot = service.slots[0]
    reported = Reported(slot.reader)
    for number in range(INSERTIONS + 1):
        card = PivCard(Memory.new(folder / f"card-{number}.json", serial=0x00C0FF00 + number))
        for at, use, key in ((SIGNING, "sign", 1), (ENCRYPTION, "encrypt", 2)):
            ends = {"not_before": now - timedelta(700), "not_after": now + timedelta(12)}
            party = makers.holder(f"7075902{number}-00-0007", use=use, key=makers.spare_key(key), **ends)
            put_key(card.memory, at, party.key)
            put_certificate(card.memory, at, party.der)
        server.forget()
        slot.insert(card)
        begin = reported.came()
        with Inventory.open(folder / "certtray" / "inventory.sqlite") as inventory:
            while len(inventory.entries()) <= 2 * number:
                wait(POLL)
            listed = perf_counter()
        told, theirs = server.wait("憑證", SECONDS), server.wait("card", SECONDS)
        begin = min(begin, theirs)  # whoever heard it first
        yield listed - begin, told - begin, theirs - begin
        slot.remove()
        reported.went()


def workers(folder: Path) -> Iterator[Row]:
    """From nothing to a worker that answered, beside OpenSC's own tool doing about the same."""
    for name in ("ykcs11", "opensc", "softhsm"):
        path = KNOWN[name].path
        tool = [program("pkcs11-tool"), "--module", str(path), "--list-slots"]

        def start(module: str = name) -> None:
            with worker(module, folder):
                pass

        def bare(words: list[str] = tool) -> None:
            subprocess.run(words, check=True, capture_output=True)

        start()
        ours, theirs = best(start, STARTS), best(bare, STARTS)
        yield Row(f"worker start, module loaded: {name} (peer: pkcs11-tool)", ours, theirs, ours / theirs, "", True)


def signatures(folder: Path) -> Iterator[Row]:
    """RSA-2048 with SHA-256 on SoftHSM: through the worker, by python-pkcs11 in this process, and by bare calls."""
    token = SoftToken(folder / "soft")
    put(token, folder, {"01": makers.holder("A123456789-00-090319", key=makers.spare_key(1))})
    os.environ.update(token.environment)
    data = b"x" * 32
    with worker("softhsm", folder) as running:
        (seen,) = running.tokens()
        with running.login(seen, SOFT_PIN) as card:
            ours = rate(lambda: card.sign("01", data))
    path = str(softhsm.MODULE)
    (found,) = pkcs11.lib(path).get_tokens(token_label=token.label)
    with found.open(user_pin=softhsm.PIN) as session:
        key: Any = session.get_key(ObjectClass.PRIVATE_KEY, id=b"\x01")
        python = rate(lambda: key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
    module = Cryptoki(path)
    module.initialize()
    (slot, *_) = module.slots()
    with module.session(slot) as handle:
        module.login(handle, User.USER, bytearray(softhsm.PIN.encode()))
        sign = raw.signer(module, handle, b"\x01")
        bare = rate(lambda: sign(data))
    yield Row("signatures a second, SoftHSM: worker (peer: python-pkcs11)", ours, python, ours / python, "", True, "/s")
    yield Row("signatures a second, SoftHSM: worker (peer: C calls)", ours, bare, ours / bare, "", True, "/s")


def rate(sign: Any) -> float:
    """Return how many a second, at best."""
    batch = SIGNATURES // 10
    return batch / best(lambda: [sign() for _ in range(batch)], 10)
