"""A card as FINE's counter hands it out, with a pair on it that its RA certified: for what a card does at its issuer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from certtray.core.secret import Secret
from certtray.issuers.base import SiteAccount
from certtray.issuers.ra import RaIssuer
from certtray_sandbox import captcha, handing_out
from certtray_sandbox.cards.memory import Memory
from certtray_sandbox.cards.personal import ENCRYPTION, SIGNING, put_certificate, put_key
from certtray_sandbox.cards.piv import PivCard
from certtray_sandbox.cards.service import Service
from certtray_sandbox.certificates import Usage
from certtray_sandbox.people import COMPANY
from certtray_sandbox.samples import issue_sample
from tests.faces import Program
from tests.flows.site import SITE_PASSWORD, Site, site
from tests.makers import spare_key
from tests.patience import SECONDS

FINE = "twca-fine"


@dataclass
class HandedOut:
    """The company, its card in the first slot, and what its slips say."""

    site: Site
    service: Service
    card: PivCard
    pin: str

    @property
    def puk(self) -> str:
        """What only the RA knows."""
        return self.card.memory.puk.rstrip(b"\xff").decode()

    @property
    def sent(self) -> list[tuple[str, int]]:
        """The PIN commands the card got, with its answers."""
        return [(each.name, each.status) for each in self.card.transcript.pins]

    def answers(self, **other: Any) -> dict[str, Any]:
        """The site's, with the PIN on the slip."""
        return self.site.answers(**{"token_pin": self.pin, "certificate_id": "", **other})

    def insert(self) -> None:
        """Put the card in."""
        self.service.slots[0].pull_when = None
        self.service.slots[0].insert(self.card)

    def register(self, sql: str) -> list[Any]:
        """Look into the RA's database."""
        with closing(sqlite3.connect(self.site.ra.folder / FINE / "ra.sqlite", timeout=SECONDS)) as db:
            return db.execute(sql).fetchall()

    @property
    def journal(self) -> list[Path]:
        """What is journalled of unlocking."""
        return list((self.site.program.home / "unlockings").glob("*"))


@contextmanager
def handed_out(service: Service, certtray: Program, folder: Path, days: int = 20) -> Iterator[HandedOut]:
    """Register the company, do its first login, give it a card whose pair ends in so many days, and put it in."""
    with site(certtray, FINE) as made:
        made.person = COMPANY
        made.register()
        _first_login(made)
        path = folder / "handed-out.json"
        handing_out.hand_out(made.ra.folder, FINE, COMPANY.id, path)
        memory, pin = Memory.load(path), made.ra.outbox()[-1].password
        _certify(made, memory, days)
        out = HandedOut(made, service, PivCard(memory), pin)
        out.insert()
        try:
            yield out
        finally:
            service.slots[0].pull_when = None
            service.slots[0].remove()


def _certify(made: Site, memory: Memory, days: int) -> None:
    now = made.ra.clock()
    usages: tuple[tuple[int, Usage], ...] = ((SIGNING, "sign"), (ENCRYPTION, "encrypt"))
    for number, (slot, usage) in enumerate(usages, 1):
        put_pair(made, memory, slot, usage, now - timedelta(days=700), days, number)


def put_pair(
    made: Site,
    memory: Memory,
    slot: int,
    usage: Usage,
    begin: datetime,
    days: int,
    number: int,
    person: str = COMPANY.id,
) -> None:
    """Put a key and the certificate the RA makes for it on a card."""
    key, end = spare_key(number), made.ra.clock() + timedelta(days=days)
    ders = issue_sample(made.ra.folder, person, begin, end, key.public_key(), usage=usage, profile=FINE)
    put_key(memory, slot, key)
    put_certificate(memory, slot, ders[0])


def _first_login(made: Site) -> None:
    issuer = RaIssuer(made.ra.url_of(FINE), made.ra.tls_root, made.ra.clock)
    picture = issuer.captcha()
    digits = captcha.last_digits(made.ra.folder, FINE)
    issuer.login(SiteAccount(made.account, Secret(made.first_password), picture.id, digits))
    issuer.change_password(Secret(made.first_password), Secret(SITE_PASSWORD))
    issuer.close()
