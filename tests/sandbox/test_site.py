"""The site that asks for a certificate, visited by OpenSSL: what it asks for, whom it lets in, what it tells."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.secret import Secret
from certtray_sandbox.home import open_sandbox
from certtray_sandbox.people import PEOPLE
from certtray_sandbox.sample_files import write_sample
from certtray_sandbox.visits import RunningSite, Visit
from tests.makers import run_tool

PASSWORD = "site-2468"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    open_sandbox(folder / "sandbox")
    return folder


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[RunningSite]:
    with RunningSite({**os.environ, "CERTTRAY_HOME": str(home)}) as running:
        yield running


class Visitor:
    """``openssl s_client`` with a certificate, its key and perhaps the ones above it."""

    def __init__(self, home: Path, work: Path, days: int) -> None:
        pfx, secret = work / "visitor.pfx", work / "secret"
        secret.write_text(PASSWORD)
        write_sample(home / "sandbox", pfx, PEOPLE[0].id, days, Secret(PASSWORD), ("both",), datetime.now(UTC))
        opened = ("openssl", "pkcs12", "-legacy", "-in", pfx, "-passin", f"file:{secret}", "-nodes")
        self.own, self.above = work / "own.pem", work / "above.pem"
        run_tool(*opened, "-clcerts", "-out", self.own)
        run_tool(*opened, "-cacerts", "-nokeys", "-out", self.above)
        leaf = x509.load_pem_x509_certificate(run_tool("openssl", "x509", "-in", self.own))
        self.fingerprint = sha256(leaf.public_bytes(Encoding.DER)).hexdigest()


def visit(site: RunningSite, *options: str | Path) -> tuple[Visit, str]:
    """Ask for a page; return what the site and what OpenSSL said of it."""
    address = site.site.url.removeprefix("https://")
    done = subprocess.run(
        ["openssl", "s_client", "-connect", address, "-ign_eof", *map(str, options)],
        input=b"GET /page HTTP/1.1\r\n\r\n",
        capture_output=True,
        check=False,
        timeout=60,
    )
    return site.seen("/page"), done.stdout.decode()


def test_it_names_the_root_it_accepts(site: RunningSite) -> None:
    _, said = visit(site)
    names = said.split("Acceptable client certificate CA names\n")[1].split("\nRequested")[0]
    assert names.splitlines() == [
        "C = TW, O = TAIWAN-CA.COM Inc., OU = Root CA - Evaluation Only, CN = TaiCA Sandbox Root CA - Evaluation Only"
    ]


def test_nobody_enters_without_a_certificate(site: RunningSite) -> None:
    seen, said = visit(site)
    assert (seen["fingerprint_sha256"], seen["admitted"]) == (None, False)
    assert "403 Forbidden" in said


def test_a_certificate_with_those_above_it_is_let_in(site: RunningSite, home: Path, tmp_path: Path) -> None:
    visitor = Visitor(home, tmp_path, 400)
    seen, said = visit(site, "-cert", visitor.own, "-key", visitor.own, "-cert_chain", visitor.above)
    assert (seen["fingerprint_sha256"], seen["errors"], seen["admitted"]) == (visitor.fingerprint, [], True)
    assert "200 OK" in said


@pytest.mark.parametrize(("days", "chain"), [(400, False), (-3, True)])
def test_one_that_does_not_hold_is_seen_and_refused(
    site: RunningSite, home: Path, tmp_path: Path, days: int, *, chain: bool
) -> None:
    visitor = Visitor(home, tmp_path, days)
    above: tuple[str | Path, ...] = ("-cert_chain", visitor.above) if chain else ()
    seen, said = visit(site, "-cert", visitor.own, "-key", visitor.own, *above)
    assert (seen["fingerprint_sha256"], seen["admitted"]) == (visitor.fingerprint, False)
    assert seen["errors"]
    assert "403 Forbidden" in said
