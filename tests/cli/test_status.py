"""``certtray status`` against the sandbox's CA: seen without its interface, checked by OpenSSL, kept for every list."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from certtray.core.secret import Secret
from certtray.crypto.pfx import open_pfx
from certtray.system.paths import Home
from certtray_sandbox import certificates
from certtray_sandbox.store import Store
from tests.faces import Program
from tests.furnished import furnished
from tests.makers import holder as made_by_openssl
from tests.makers import openssl_pfx, run_tool

PASSWORD = "file-1357"


@pytest.fixture
def sandbox(certtray: Program) -> Iterator[Program]:
    """The sandbox's CAs are made."""
    with furnished(Home(certtray.home).make().sandbox):
        yield certtray


@pytest.fixture
def issuer(sandbox: Program) -> Iterator[Program]:
    """The sandbox runs, and the person holds one of its certificates."""
    with subprocess.Popen(
        [*sandbox.command, "sandbox"], env=sandbox.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout and b"ready" in server.stdout.readline()
        sample(sandbox)
        yield sandbox
        server.terminate()


def sample(certtray: Program, days: int = 200) -> Path:
    path = certtray.folder / "user" / "Documents" / "mine.pfx"
    made = certtray.run("sandbox", "sample", path, "--id", "A123456789", "--days", str(days), typed=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    unlock(certtray, path)
    return path


def unlock(certtray: Program, path: Path) -> None:
    typed = json.dumps({"answer": PASSWORD}) + '\n{"answer": false}\n'
    assert certtray.run("unlock", path, "--json", typed=typed).returncode == 0


def status(certtray: Program, *about: str) -> dict[str, Any]:
    done = certtray.run("status", *about, "--json")
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def change(certtray: Program, what: str) -> None:
    """Do at the CA what its counter would."""
    serial = next(row["serial_hex"] for row in certtray.rows("list") if row["mine"])
    now = datetime.now(UTC)
    with Store(certtray.home / "sandbox" / "sinopac" / "ra.sqlite").transaction() as db:
        match what:
            case "suspend":
                certificates.suspend(db, serial, now)
            case "reinstate":
                certificates.reinstate(db, serial)
            case reason:
                certificates.revoke(db, serial, reason, now)


def test_a_chain_in_force(issuer: Program) -> None:
    found = status(issuer)
    assert (found["done"], found["level"]) == ("status_good", "ok")
    (mine,) = found["certificates"]
    assert (mine["standing"], mine["source"]) == ("good", "ocsp")
    assert [(each["role"], each["standing"]) for each in mine["chain"]] == [
        ("own", "good"),
        ("between", "good"),
        ("root_trusted", None),
    ]
    assert mine["chain"][-1]["subject_cn"] == "TaiCA Sandbox Root CA - Evaluation Only"
    assert "A123456789" not in json.dumps(found)
    listed = next(row for row in issuer.rows("list") if row["mine"])
    assert listed["revocation"]["standing"] == "good"


def test_suspended_and_back(issuer: Program) -> None:
    change(issuer, "suspend")
    said = issuer.run("status")
    assert "有憑證不能使用" in said.stdout and "暫停使用（" in said.stdout and "OCSP" in said.stdout
    listed = next(row for row in issuer.rows("list") if row["mine"])
    assert (listed["state"], listed["reason"], listed["next"]) == ("on_hold", "suspended", "ask-issuer")
    assert issuer.run("check", "--json").returncode == 2
    assert "已暫停使用" in issuer.run("run", "--once").stdout
    assert issuer.run("run", "--once").stdout == "", "said once"
    change(issuer, "reinstate")
    assert status(issuer)["done"] == "status_good"
    assert issuer.run("check", "--json").returncode == 0
    assert "不再提醒" in issuer.run("run", "--once").stdout
    change(issuer, "suspend")
    status(issuer)
    assert "已暫停使用" in issuer.run("run", "--once").stdout, "a second suspension is news"


@pytest.mark.parametrize(
    ("reason", "standing", "next_step"),
    [("keyCompromise", "revoked", "apply"), ("superseded", "superseded", "use-newer")],
)
def test_revoked(issuer: Program, reason: str, standing: str, next_step: str) -> None:
    change(issuer, reason)
    found = status(issuer)["certificates"][0]
    assert (found["standing"], found["reason"]) == (standing, reason)
    listed = next(row for row in issuer.rows("list") if row["mine"])
    assert (listed["state"], listed["next"]) == ("revoked", next_step)
    assert "已經註銷" in issuer.run("run", "--once").stdout
    assert issuer.run("run", "--once").stdout == ""
    assert "已經註銷" in issuer.run().stdout


def test_the_check_in_the_background_finds_it_by_itself(issuer: Program) -> None:
    change(issuer, "keyCompromise")
    assert "已經註銷" in issuer.run("run", "--once").stdout
    listed = next(row for row in issuer.rows("list") if row["mine"])
    assert listed["revocation"]["source"] == "crl", "one list for all, and nobody learns which one was asked about"


def test_one_certificate_by_file_or_fingerprint(issuer: Program) -> None:
    listed = next(row for row in issuer.rows("list") if row["mine"])
    for about in (listed["fingerprint_sha256"], listed["fingerprint_sha256"][:12], listed["locations"][0]["path"]):
        assert len(status(issuer, about)["certificates"]) == 1
    assert issuer.run("status", "/nowhere.pfx").returncode == 66


def test_nobody_answers(sandbox: Program) -> None:
    assert status(sandbox)["done"] == "status_nothing"
    sample(sandbox)  # the sandbox does not run
    found = status(sandbox)
    assert (found["done"], found["level"]) == ("status_unknown", "info")
    assert found["certificates"][0]["reason"] == "unreachable"
    assert next(row for row in sandbox.rows("list") if row["mine"])["state"] == "valid"


def test_a_certificate_that_names_no_place(certtray: Program) -> None:
    path = certtray.folder / "user" / "Documents" / "old.pfx"
    path.parent.mkdir(parents=True)
    openssl_pfx(path, made_by_openssl(), PASSWORD, chain=True)
    unlock(certtray, path)
    found = status(certtray)["certificates"][0]
    assert (found["standing"], found["reason"]) == ("unknown", "no-pointer")
    assert [each["role"] for each in found["chain"]] == ["own", "between", "root"]


def test_openssl_agrees(issuer: Program) -> None:
    """The list and the responder of the sandbox, read by OpenSSL."""
    folder, pfx = issuer.folder, issuer.folder / "user" / "Documents" / "mine.pfx"
    ca, own = issuer.home / "sandbox" / "ca", issuer.home / "sandbox" / "sinopac"
    base = f"http://127.0.0.1:{(ca / 'port').read_text()}"
    leaf = folder / "leaf.crt"
    leaf.write_bytes(
        run_tool(
            "openssl", "pkcs12", "-legacy", "-in", pfx, "-nokeys", "-clcerts", "-passin", "stdin",
            stdin=f"{PASSWORD}\n".encode(),
        )
    )  # fmt: skip
    assert open_pfx(pfx.read_bytes(), Secret(PASSWORD), str(pfx)).pairs

    def check() -> tuple[str, str, int]:
        import urllib.request

        pem = b""
        for name, issued_by in (("sinopac", own / "user-ca.crt"), ("root", ca / "root.crt")):
            with urllib.request.urlopen(f"{base}/{name}.crl") as answer:  # noqa: S310
                (folder / "list").write_bytes(answer.read())
            shown = run_tool("openssl", "crl", "-inform", "DER", "-in", folder / "list", "-CAfile", issued_by, "-text")
            pem += run_tool("openssl", "crl", "-inform", "DER", "-in", folder / "list")
            if name == "sinopac":
                text = shown.decode()
        (folder / "lists.pem").write_bytes(pem)
        asked = run_tool(
            "openssl", "ocsp", "-issuer", own / "user-ca.crt", "-cert", leaf, "-url", f"{base}/sinopac/ocsp",
            "-CAfile", ca / "root.crt", "-verify_other", own / "user-ca.crt",
        )  # fmt: skip
        verified = subprocess.run(
            ["openssl", "verify", "-crl_check_all", "-CAfile", ca / "root.crt", "-untrusted", own / "user-ca.crt",
             "-CRLfile", folder / "lists.pem", leaf],
            capture_output=True, check=False,
        )  # fmt: skip
        return text, asked.decode(), verified.returncode

    text, asked, verified = check()
    assert "No Revoked Certificates" in text and f"{leaf}: good" in asked and verified == 0
    change(issuer, "suspend")
    text, asked, verified = check()
    assert "Certificate Hold" in text and "certificateHold" in asked and verified != 0


def test_questions_by_get_and_hostile_ones(issuer: Program) -> None:
    import base64
    import urllib.error
    import urllib.parse
    import urllib.request

    from cryptography import x509
    from cryptography.x509 import ocsp

    from certtray.crypto.ocsp import question

    ca, own = issuer.home / "sandbox" / "ca", issuer.home / "sandbox" / "sinopac"
    base = f"http://127.0.0.1:{(ca / 'port').read_text()}"
    issuing = x509.load_pem_x509_certificate((own / "user-ca.crt").read_bytes())
    with Store(issuer.home / "sandbox" / "sinopac" / "ra.sqlite").transaction() as db:
        held = certificates.held_by(db, "A123456789")[0]
    asked = question(x509.load_der_x509_certificate(held.der), issuing)

    def get(given: bytes) -> ocsp.OCSPResponse:
        path = urllib.parse.quote(base64.b64encode(given).decode(), safe="")
        with urllib.request.urlopen(f"{base}/sinopac/ocsp/{path}") as answer:  # noqa: S310
            return ocsp.load_der_ocsp_response(answer.read())

    assert get(asked).certificate_status is ocsp.OCSPCertStatus.GOOD
    assert get(b"garbage").response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    assert get(question(issuing, issuing)).response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
    for path, body in (
        ("/../root.key", None),
        ("/user-ca.key", None),
        ("/sinopac/ocsp", b"0" * 5000),
        ("/nobody.crl", None),
    ):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(base + path, body)  # noqa: S310
