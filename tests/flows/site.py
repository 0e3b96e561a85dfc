"""One person at one of the five issuers: registered at its counter, with the answers of procedures that go well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.system.connections import Connection, save_connection
from certtray.system.paths import Home
from certtray_sandbox.captcha import last_digits
from certtray_sandbox.people import PEOPLE, Person
from certtray_sandbox.script import Row
from tests.faces import Program
from tests.flows.browsers import held, shared
from tests.flows.checks import openssl
from tests.makers import run_tool
from tests.rigs import ReferenceRa, reference_ra

SITE_PASSWORD, KEY_PASSWORD = "site-24680", "key-password-1"
LATER_PASSWORD = "key-password-2"


@dataclass
class Site:
    """An issuer connected to one home."""

    ra: ReferenceRa
    program: Program
    profile: str
    person: Person = PEOPLE[0]
    account: str = ""
    first_password: str = ""
    """From the slip; the login's password until it is changed."""
    apply_password: str = ""
    captchas: list[str] = field(default_factory=list)

    def connect(self) -> None:
        """Point the program's home at this issuer."""
        self.connect_to(self.ra.url_of(self.profile), self.ra.tls_root)

    def connect_to(self, url: str, root: Path) -> None:
        """Reach it under ``url``, perhaps through somebody between."""
        save_connection(Home(self.program.home), self.profile, Connection(url, root, self.ra.ca_root))

    def register(self, **form: Any) -> None:
        """Have the counter take the form in and approve it; keep what its slips say."""
        slip = self.ra.registered(self.profile, self.person.id, **form)
        self.account = slip.account
        self.first_password = slip.password
        notices = [each for each in self.ra.outbox() if "憑證申請密碼" in each.text and each.profile == self.profile]
        self.apply_password = notices[-1].password if notices else ""

    def seen(self, question: Row) -> str:
        """Read the picture: what eyes would."""
        assert question["png"], question
        self.captchas.append(last_digits(self.ra.folder, self.profile))
        return self.captchas[-1]

    def answers(self, **other: Any) -> dict[str, Any]:
        """Return answers that lead through every procedure, with some replaced."""
        return {
            "national_id": self.person.id,
            "trading_password": self.person.password,
            "site_account": self.account,
            "site_password": SITE_PASSWORD,
            "captcha": self.seen,
            "old_site_password": self.first_password,
            "new_site_password": SITE_PASSWORD,
            "registration": first_option,
            "registration_right": True,
            "email": "",
            "apply_password": self.apply_password,
            "terms": True,
            "key_name": "L999",
            "new_key_password": KEY_PASSWORD,
            "pending_password": KEY_PASSWORD,
            "after_applying": "download",
            "download": first_option,
            "file_password": KEY_PASSWORD,
            "renew_these": True,
            "renew_early": True,
            "query": first_option,
            "proof": first_option,
            "suspend": first_option,
            "suspend_sure": True,
            "reinstate": first_option,
            "reinstate_sure": True,
            "revoke": first_option,
            "revoke_reason": "keyCompromise",
            "revoke_sure": True,
            "paper_out": "neither",
            **other,
        }

    def first_login(self, **other: Any) -> dict[str, Any]:
        """Return answers for the first login, with the slip's password."""
        return self.answers(**{"site_password": self.first_password, **other})

    def held(self) -> list[dict[str, str]]:
        """Return what OpenSSL says of each certificate that lies with its key in the system's store, by usage."""
        if not shared(self.program).exists():
            return []
        found = [described(der) for der, has_key in held(shared(self.program)).items() if has_key]
        return sorted(found, key=lambda each: each["usage"])


def described(der: bytes) -> dict[str, str]:
    """Let OpenSSL name serial, subject, end and usage of a certificate."""
    words = ("x509", "-inform", "DER", "-noout", "-serial", "-subject", "-enddate", "-ext", "keyUsage")
    lines = run_tool("openssl", *words, stdin=der).decode().splitlines()
    named = {line.partition("=")[0]: line.partition("=")[2] for line in lines if "=" in line and line[0] != " "}
    return {**named, "usage": lines[-1].strip()}


def in_file(path: Path, password: str) -> list[dict[str, str]]:
    """Return what OpenSSL says of each certificate that lies with its key in a PFX."""
    pem = openssl("pkcs12", "-in", path, "-passin", "stdin", "-clcerts", "-nokeys", typed=password).stdout
    return [described(each.public_bytes(Encoding.DER)) for each in x509.load_pem_x509_certificates(pem.encode())]


def first_option(question: Row) -> str:
    """Choose the first one."""
    return str(question["options"][0]["id"])


@contextmanager
def site(program: Program, profile: str, **registered: Any) -> Iterator[Site]:
    """Run the RAs and connect ``profile``, with the person registered unless the issuer registers nobody."""
    with reference_ra(program.folder / "ra") as ra:
        made = Site(ra, program, profile)
        made.connect()
        yield made
