"""Made-up browsers over months: renewals, installs, removals, stores locked, damaged or gone, clocks that are wrong.

It knows the program's types but none of its rules: what a store is worth is for the oracle to say, from ``Copy``.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from certtray.core.certificate import Certificate
from certtray.core.store import Held, Reading, Store, Unread
from certtray.crypto.content import FileContent, Holding
from certtray.inventory.db import Inventory
from certtray.inventory.model import Observation, Stamp
from tests.core.samples import make

MINUTE, HOUR, DAY = 60, 3_600, 86_400
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


@dataclass
class Copy:
    """One certificate as plain numbers: seconds since 1970."""

    line: int
    begins: int
    ends: int
    der: bytes
    certificate: Certificate


@dataclass
class Browser:
    """A store: which certificates it holds and whether with the key; ``state`` is fine, locked, damaged or gone."""

    store: Store
    held: dict[bytes, bool] = field(default_factory=dict)
    has_ca: bool = True
    state: str = "fine"
    known: dict[bytes, bool] = field(default_factory=dict)
    """What the program last could read of ``held``."""


class StoresWorld:
    """``now`` is what the computer's clock shows: true time plus ``offset``."""

    def __init__(self, seed: int, folder: Path, lines: int = 4, browsers: int = 3) -> None:
        self.random = random.Random(seed)  # noqa: S311  # repeatable on purpose
        self.true, self.offset, self.serial = START, 0, 0
        self._path = folder / f"stores-{seed}.sqlite"
        self.inventory = Inventory.open(self._path)
        self.copies: list[Copy] = []
        self.ca_der = b"authority"
        subject = (("CN", "CA"),)
        ca = make("CA", not_after=datetime.fromtimestamp(START + 4000 * DAY, UTC), is_ca=True)
        self._remember(replace(ca, subject=subject, fingerprint=sha256(self.ca_der).hexdigest()), self.ca_der)
        self.browsers = [
            Browser(Store("nss", "Firefox", str(number), folder / str(number))) for number in range(browsers)
        ]
        for line in range(lines):
            self.issue(line, START + self.random.randint(5, 300) * DAY, START - 300 * DAY)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.true + self.offset, UTC)

    def issue(self, line: int, ends: int, begins: int) -> None:
        """A file with a new certificate of a line appears."""
        self.serial += 1
        der = f"certificate {self.serial}".encode()
        certificate = make(
            f"A123456789-00-{line:04}",
            serial=self.serial,
            not_before=datetime.fromtimestamp(begins, UTC),
            not_after=datetime.fromtimestamp(ends, UTC),
            issuer=(("CN", "CA"),),
        )
        certificate = replace(certificate, fingerprint=sha256(der).hexdigest())
        self.copies.append(Copy(line, begins, ends, der, certificate))
        self._remember(certificate, der)

    def _remember(self, certificate: Certificate, der: bytes) -> None:
        content = FileContent("pfx", (Holding(certificate, der, not certificate.is_ca),))
        path = f"/{certificate.fingerprint}.pfx"
        self.inventory.merge([Observation(path, Stamp(1, 1, 1, 1), certificate.fingerprint, content)])

    def pass_time(self) -> None:
        """Minutes to hours, or a sleep of days; things happen meanwhile, then the scanner reads every store."""
        chance = self.random.random
        self.true += self.random.choice(
            (MINUTE, 4 * MINUTE, 10 * MINUTE, HOUR, 9 * HOUR, self.random.randint(1, 12) * DAY)
        )
        if chance() < 0.1:
            self.inventory.close()
            self.inventory = Inventory.open(self._path)
        if chance() < 0.05:
            self.offset = self.random.choice((0, 0, -HOUR, 3 * HOUR, 3 * DAY, -3 * DAY, 400 * DAY, -90 * DAY))
        for line in {copy.line for copy in self.copies}:
            if chance() < 0.03:
                begins = self.true + self.random.choice((-HOUR, -HOUR, 20 * HOUR))
                self.issue(line, self.true + self.random.randint(20, 400) * DAY, begins)
        for browser in self.browsers:
            self._live(browser)
        self._scan()

    def _live(self, browser: Browser) -> None:
        chance = self.random.random
        if chance() < 0.25:  # install, remove or spoil one
            copy = self.random.choice(self.copies[-6:] if chance() < 0.7 else self.copies)
            match self.random.choice(("put", "put", "put", "take", "keyless")):
                case "put":
                    browser.held[copy.der] = True
                case "take":
                    browser.held.pop(copy.der, None)
                case _:
                    browser.held[copy.der] = False
        if chance() < 0.05:
            browser.has_ca = not browser.has_ca
        if chance() < 0.15:
            browser.state = self.random.choice(("fine", "fine", "fine", "locked", "damaged", "gone"))

    def _scan(self) -> None:
        readings = []
        for browser in self.browsers:
            match browser.state:
                case "fine":
                    browser.known = dict(browser.held)
                    held = [Held(der, "", key) for der, key in browser.held.items()]
                    held += [Held(self.ca_der, "", False)] if browser.has_ca else []
                    readings.append((browser.store, Reading(tuple(held))))
                case "locked":
                    readings.append((browser.store, Reading(reason=Unread.LOCKED)))
                case "damaged":
                    browser.known = {}
                    readings.append((browser.store, Reading(reason=Unread.DAMAGED)))
                case _:
                    browser.known = {}
        self.inventory.stores.merge(readings)
