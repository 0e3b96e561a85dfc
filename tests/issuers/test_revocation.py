"""Asking for a certificate's standing: cached until due, never older than before, and no server can hold or fill us."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from certtray.core.errors import IssuerAnswerInvalid, IssuerUnreachable
from certtray.core.revocation import Standing
from certtray.issuers import download as fetching
from certtray.issuers.download import Patience, download
from certtray.issuers.revocation import Revocation
from tests.issuers.publisher import (
    NOW,
    SERIAL,
    Publisher,
    answer,
    ca,
    delegate,
    listing,
    pointing,
    publishing,
)
from tests.makers import Party, run_tool

ISSUER = ca()
HOLD = x509.ReasonFlags.certificate_hold


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as made:
        yield made


def test_a_list_is_fetched_once_until_it_is_due(publisher: Publisher, tmp_path: Path) -> None:
    leaf = pointing(publisher.url, ISSUER, responder=False)
    publisher.replies["/list"] = listing(ISSUER, {SERIAL: HOLD})
    for _ in range(3):
        found = Revocation(tmp_path, [], NOW).verdict(leaf, ISSUER.certificate)
        assert (found.standing, found.reason, found.source) == (Standing.ON_HOLD, "certificateHold", "crl")
    assert publisher.asked == ["GET /list"]
    tomorrow = NOW + timedelta(days=1)
    publisher.replies["/list"] = listing(ISSUER, made=tomorrow - timedelta(minutes=1))
    assert Revocation(tmp_path, [], tomorrow).verdict(leaf, ISSUER.certificate).standing is Standing.GOOD
    assert len(publisher.asked) == 2


def test_an_older_list_than_the_one_known_is_a_replay(publisher: Publisher, tmp_path: Path) -> None:
    leaf = pointing(publisher.url, ISSUER, responder=False)
    publisher.replies["/list"] = listing(ISSUER, {SERIAL: HOLD}, life=timedelta(hours=2))
    assert Revocation(tmp_path, [], NOW).verdict(leaf, ISSUER.certificate).standing is Standing.ON_HOLD
    publisher.replies["/list"] = listing(ISSUER, made=NOW - timedelta(hours=9))  # from before, still in time
    found = Revocation(tmp_path, [], NOW + timedelta(hours=2)).verdict(leaf, ISSUER.certificate)
    assert (found.standing, found.reason) == (Standing.UNKNOWN, "replay")


def test_a_responder_is_asked_anew_and_its_last_answer_bridges_a_failure(publisher: Publisher, tmp_path: Path) -> None:
    leaf, responder = pointing(publisher.url, ISSUER, crl=False), delegate(ISSUER)
    publisher.replies["/ocsp"] = answer(leaf, ISSUER, responder)
    assert Revocation(tmp_path, [], NOW).verdict(leaf, ISSUER.certificate).standing is Standing.GOOD
    assert Revocation(tmp_path, [], NOW).verdict(leaf, ISSUER.certificate, fresh=False).standing is Standing.GOOD
    assert publisher.asked == ["POST /ocsp"]
    publisher.replies["/ocsp"] = answer(leaf, ISSUER, responder, reason=HOLD, made=NOW)
    assert Revocation(tmp_path, [], NOW).verdict(leaf, ISSUER.certificate).standing is Standing.ON_HOLD
    publisher.replies["/ocsp"] = answer(leaf, ISSUER, responder)  # the one from before the suspension
    replayed = Revocation(tmp_path, [], NOW).verdict(leaf, ISSUER.certificate)
    assert (replayed.standing, replayed.reason) == (Standing.UNKNOWN, "replay")
    publisher.replies["/ocsp"] = 503
    assert Revocation(tmp_path, [], NOW).verdict(leaf, ISSUER.certificate).standing is Standing.ON_HOLD


def test_the_list_answers_where_the_responder_does_not(publisher: Publisher, tmp_path: Path) -> None:
    leaf = pointing(publisher.url, ISSUER)
    publisher.replies.update({"/ocsp": b"garbage", "/list": listing(ISSUER)})
    found = Revocation(tmp_path, [], NOW).verdict(leaf, ISSUER.certificate)
    assert (found.standing, found.source) == (Standing.GOOD, "crl")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"garbage", "garbage"),
        (listing(ISSUER, signer=ca("Another CA", 7)), "signer"),
        (listing(ISSUER, life=timedelta(minutes=1)), "stale"),
        (b"0" * (fetching.LARGEST + 1), "unreachable"),
        (500, "unreachable"),
    ],
    ids=["garbage", "wrong signer", "expired", "huge", "down"],
)
def test_what_is_not_believed_is_not_kept(
    publisher: Publisher, tmp_path: Path, reply: bytes | int, reason: str
) -> None:
    leaf = pointing(publisher.url, ISSUER, responder=False)
    publisher.replies["/list"] = reply
    found = Revocation(tmp_path, [], NOW).verdict(leaf, ISSUER.certificate)
    assert (found.standing, found.reason) == (Standing.UNKNOWN, reason)
    assert list(tmp_path.iterdir()) == []


def test_a_server_is_tried_once_in_a_run(publisher: Publisher, tmp_path: Path) -> None:
    leaf = pointing(publisher.url, ISSUER, responder=False)
    run = Revocation(tmp_path, [], NOW)
    for _ in range(3):
        assert run.verdict(leaf, ISSUER.certificate).reason == "unreachable"
    assert len(publisher.asked) == 1


def test_a_slow_server_is_left(publisher: Publisher) -> None:
    publisher.replies["/slow"] = b"drip"
    begun = time.monotonic()
    with pytest.raises(IssuerUnreachable):
        download(publisher.url + "/slow", patience=Patience(1, 0.3, 1))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://user:pw@127.0.0.1/x"])
def test_redirects_lead_to_the_web_only(publisher: Publisher, place: str) -> None:
    publisher.replies["/moved"], publisher.headers["Location"] = 302, place
    with pytest.raises(IssuerAnswerInvalid):
        download(publisher.url + "/moved")
    publisher.replies["/here"], publisher.headers["Location"] = b"found", "/here"
    assert download(publisher.url + "/moved") == b"found"
    publisher.headers["Location"] = "/moved"
    with pytest.raises(IssuerAnswerInvalid):
        download(publisher.url + "/moved")


def test_the_chain_is_completed_from_where_certificates_point(publisher: Publisher, tmp_path: Path) -> None:
    leaf = pointing(publisher.url, ISSUER, above=True)
    publisher.replies["/above"] = ISSUER.der
    path = Revocation(tmp_path, [], NOW).path(leaf)
    assert path == (leaf, ISSUER.certificate)
    assert Revocation(tmp_path, [], NOW).path(leaf) == path  # from the cache
    assert publisher.asked == ["GET /above"]
    stranger = pointing(publisher.url, ca("Another CA", 7), above=True)
    assert Revocation(tmp_path, [], NOW).path(stranger) == (stranger,)


def test_nobody_to_ask(tmp_path: Path) -> None:
    silent = pointing("http://127.0.0.1:1", ISSUER, crl=False, responder=False)
    assert Revocation(tmp_path, [], NOW).verdict(silent, ISSUER.certificate).reason == "no-pointer"
    asked = pointing("http://127.0.0.1:1", ISSUER)
    assert Revocation(tmp_path, [], NOW).verdict(asked, None).reason == "no-issuer"


def openssl_responder(folder: Path, issuer: Party, state: str) -> Callable[[bytes], bytes]:
    """OpenSSL's own responder, run for each question: its -port would listen on every interface."""
    folder.mkdir()
    (folder / "ca.pem").write_bytes(issuer.certificate_pem)
    (folder / "ca.key").write_bytes(issuer.key_pem)
    (folder / "index.txt").write_text(f"{state}\t{SERIAL:08X}\tunknown\t/CN=x\n")

    def respond(question: bytes) -> bytes:
        (folder / "question").write_bytes(question)
        run_tool(
            "openssl", "ocsp", "-index", folder / "index.txt", "-CA", folder / "ca.pem", "-rsigner", folder / "ca.pem",
            "-rkey", folder / "ca.key", "-reqin", folder / "question", "-respout", folder / "answer", "-ndays", "1",
        )  # fmt: skip
        return (folder / "answer").read_bytes()

    return respond


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        ("V\t280101000000Z\t", Standing.GOOD),
        ("R\t280101000000Z\t260101000000Z,certificateHold", Standing.ON_HOLD),
        ("R\t280101000000Z\t260101000000Z,keyCompromise", Standing.REVOKED),
        ("R\t280101000000Z\t260101000000Z,superseded", Standing.SUPERSEDED),
    ],
)
def test_openssl_s_responder(publisher: Publisher, tmp_path: Path, state: str, standing: Standing) -> None:
    from datetime import UTC, datetime

    leaf = pointing(publisher.url, ISSUER, crl=False)
    publisher.replies["/ocsp"] = openssl_responder(tmp_path / "openssl", ISSUER, state)
    found = Revocation(tmp_path / "cache", [], datetime.now(UTC)).verdict(leaf, ISSUER.certificate)
    assert (found.standing, found.source) == (standing, "ocsp")


def test_openssl_s_list(publisher: Publisher, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    for file, data in (("ca.pem", ISSUER.certificate_pem), ("ca.key", ISSUER.key_pem)):
        (tmp_path / file).write_bytes(data)
    (tmp_path / "index.txt").write_text(
        f"R\t280101000000Z\t260101000000Z,keyCompromise\t{SERIAL:08X}\tunknown\t/CN=x\n"
    )
    (tmp_path / "conf").write_text(
        f"[ca]\ndefault_ca=x\n[x]\ndatabase={tmp_path}/index.txt\ncertificate={tmp_path}/ca.pem\n"
        f"private_key={tmp_path}/ca.key\ndefault_md=sha256\ndefault_crl_days=1\n"
    )
    publisher.replies["/list"] = subprocess.run(
        ["openssl", "ca", "-config", tmp_path / "conf", "-gencrl"], check=True, capture_output=True
    ).stdout
    leaf = pointing(publisher.url, ISSUER, responder=False)
    found = Revocation(tmp_path / "cache", [], datetime.now(UTC)).verdict(leaf, ISSUER.certificate)
    assert (found.standing, found.reason) == (Standing.REVOKED, "keyCompromise")
